# blame: 5:4
let
  isLinux = "yes";
in
if isLinux then 1 else 2
