# blame: 8:3
(derivation {
  name = "a";
  system = "x86_64-linux";
  builder = "/bin/sh";
  outputHashAlgo = "sha256";
  outputHashMode = "flat";
  outputHash = "abc";
}).drvPath
