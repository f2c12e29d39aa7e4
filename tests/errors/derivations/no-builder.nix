# blame: 2:2
(derivation {
  name = "a";
  system = "x86_64-linux";
}).drvPath
