# blame: 3:3 or 3:7
let
  x = x;
in
x
