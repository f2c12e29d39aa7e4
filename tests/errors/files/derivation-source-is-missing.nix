# blame: 6:3 or 6:9
(derivation {
  name = "a";
  system = "x86_64-linux";
  builder = "/bin/sh";
  src = ./missing;
}).drvPath
