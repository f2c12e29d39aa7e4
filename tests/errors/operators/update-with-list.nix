# blame: 5:13
let
  defaults = { a = 1; };
in
defaults // [ { b = 2; } ]
