# blame: 6:3
(derivation {
  name = "a";
  system = "x86_64-linux";
  builder = "/bin/sh";
  outputs = [ ];
}).drvPath
