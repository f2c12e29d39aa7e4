# blame: 3:3
(derivation {
  name = 1;
  system = "x86_64-linux";
  builder = "/bin/sh";
}).drvPath
