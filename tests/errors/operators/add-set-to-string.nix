# blame: 5:7
let
  version = { major = 1; };
in
"v" + version
