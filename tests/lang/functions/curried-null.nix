# null as the first of several arguments, given by itself
let
  two = a: b: [ a b ];
  three = a: b: c: [ a b c ];
  four = a: b: c: d: [ a b c d ];
  give = f: f null;
in
[
  (give two 1)
  (give three 1 2)
  (map (give three 1) [ 2 ])
  (give four 1 2 3)
  (map (give four) [ 1 ] == [ ])
]
