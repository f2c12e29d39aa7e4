# blame: 5:9
let
  version = "5";
in
version < 6
