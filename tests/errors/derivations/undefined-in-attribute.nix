# blame: 7:17
let
  drv = derivation {
    name = "a";
    system = "x86_64-linux";
    builder = "/bin/sh";
    script = "${bash}/bin/bash";
  };
in
drv.drvPath
