# blame: 6:3 or 6:17
(derivation {
  name = "a";
  system = "x86_64-linux";
  builder = "/bin/sh";
  args = [ "-c" { } ];
}).drvPath
