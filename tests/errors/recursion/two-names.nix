# blame: 3:3 or 3:7 or 4:3 or 4:7
let
  a = b + 1;
  b = a - 1;
in
a
