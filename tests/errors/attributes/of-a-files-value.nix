# blame: 5:10
let
  versions = import ./data/versions.nix;
in
versions.pyhton
