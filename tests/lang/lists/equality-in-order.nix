let
  loop = loop;
  bomb = throw "bomb";
  f = x: x;
in
[
  ([ 1 loop 1 1 ] == [ "" loop 1 1 ])
  ({ a = 1; b = bomb; } == { a = 2; b = bomb; })
  ([ f ] == [ f ])
  (builtins.tryEval ([ 1 bomb ] == [ 1 bomb ])).success
  ([ f 1 bomb ] == [ f 2 bomb ])
  ([ [ f ] ] < [ [ f ] 1 ])
]
