# blame: 7:12
let
  pkgs = import <nixpkgs> { };
in
(pkgs.nix2container.buildImage {
  name = "web";
  layers = { deps = [ ]; };
}).drvPath
