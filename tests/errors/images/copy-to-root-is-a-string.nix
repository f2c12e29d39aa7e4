# blame: 7:18
let
  pkgs = import <nixpkgs> { };
in
(pkgs.nix2container.buildImage {
  name = "web";
  copyToRoot = [ 5 ];
}).drvPath
