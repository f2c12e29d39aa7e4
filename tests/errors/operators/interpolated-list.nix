# blame: 7:14
let
  flags = [ "-O2" "-g" ];
in
''
  CFLAGS="${toString flags}"
  LDFLAGS="${flags}"
''
