# blame: 5:6
let
  lib = { }: { id = x: x; };
in
with lib;
id 1
