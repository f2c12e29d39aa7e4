# blame: 5:13
let
  a = { b = { }; };
in
(a.b.c or a.d)
