# blame: 3:17
let
  a = { b = 1; }
in
a
