# blame: 5:8
let
  version = "1.2";
in
assert version != "1.2";
version
