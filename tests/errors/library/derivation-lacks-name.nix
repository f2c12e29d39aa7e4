# blame: 6:1 or 6:2
# flags: -I nixpkgs=data/nixpkgs
let
  pkgs = import <nixpkgs> { };
in
(pkgs.mkDerivation { src = ./data; }).drvPath
