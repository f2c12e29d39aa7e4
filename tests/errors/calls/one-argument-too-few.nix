# blame: 5:5
let
  add = a: b: a + b;
in
1 + add 2
