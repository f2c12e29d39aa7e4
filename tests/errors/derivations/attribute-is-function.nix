# blame: 6:3
(derivation {
  name = "a";
  system = "x86_64-linux";
  builder = "/bin/sh";
  configure = x: x;
}).drvPath
