# blame: 5:9
let
  base = [ "a" "b" ];
in
base ++ "c"
