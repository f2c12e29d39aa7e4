# blame: 5:18
with import <nixpkgs> { };
(dockerTools.buildImage {
  name = "x";
  copyToRoot = [ { a = 1; } ];
}).drvPath
