# blame: 5:8
let
  drv = derivation { name = "a"; system = "x86_64-linux"; builder = "/bin/sh"; outputs = [ "out" "dev" ]; };
in
"${drv.lib}"
