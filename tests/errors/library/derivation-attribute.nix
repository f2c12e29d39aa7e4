# blame: 8:3
# flags: -I nixpkgs=data/nixpkgs
let
  pkgs = import <nixpkgs> { };
in
(pkgs.mkDerivation {
  name = "hello";
  flags = { debug = true; };
}).drvPath
