# blame: 5:1
let
  xs = [ "a" "b" ];
in
xs.first
