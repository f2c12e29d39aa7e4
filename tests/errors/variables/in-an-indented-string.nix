# blame: 7:11
let
  out = "/out";
in
''
  mkdir -p ${out}
  cp -r ${source} ${out}
''
