# blame: 4:3
let
  a = 1;
  a = 2;
in
a
