# blame: 5:4
let
  name = { pname }: pname;
in
"${name}-1.0"
