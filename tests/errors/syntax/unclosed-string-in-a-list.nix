# blame: 3:22
let
  packages = [ "git" "curl "wget" ];
in
packages
