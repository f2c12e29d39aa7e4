# blame: 3:3
(derivation {
  name = "hello world";
  system = "x86_64-linux";
  builder = "/bin/sh";
}).drvPath
