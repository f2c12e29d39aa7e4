# blame: 7:5 or 7:15
let
  drv = derivation {
    name = "a";
    system = "x86_64-linux";
    builder = "/bin/sh";
    self = "${drv}";
  };
in
drv.outPath
