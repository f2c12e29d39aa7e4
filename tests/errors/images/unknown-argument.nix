# blame: 7:3
let
  pkgs = import <nixpkgs> { };
in
(pkgs.nix2container.buildImage {
  name = "web";
  content = [ ];
}).drvPath
