# blame: 2:2
(derivation {
  name = "a";
  builder = "/bin/sh";
}).drvPath
