# blame: 4:3 or 4:14
let
  twice = f: f + f;
  x = twice (x + 1);
in
x
