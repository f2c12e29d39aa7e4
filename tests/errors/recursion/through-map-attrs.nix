# blame: 3:28 or 3:49
let
  set = builtins.mapAttrs (name: value: value + set.${name}) { a = 1; };
in
set.a
