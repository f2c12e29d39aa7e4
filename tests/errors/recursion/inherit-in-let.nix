# blame: 3:11 or 3:15 or 4:17
let
  set = { a = a; };
  inherit (set) a;
in
a
