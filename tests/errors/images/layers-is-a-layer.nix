# blame: 8:12
let
  pkgs = import <nixpkgs> { };
  layer = pkgs.nix2container.buildLayer { deps = [ ]; };
in
(pkgs.nix2container.buildImage {
  name = "web";
  layers = layer;
}).drvPath
