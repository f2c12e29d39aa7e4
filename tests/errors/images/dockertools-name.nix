# blame: 6:10
let
  pkgs = import <nixpkgs> { };
in
(pkgs.dockerTools.buildImage {
  name = "a b";
}).drvPath
