# blame: 6:10
let
  pkgs = import <nixpkgs> { };
in
(pkgs.nix2container.buildImage {
  name = "My Image";
  tag = "v1";
}).drvPath
