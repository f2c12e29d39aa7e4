# blame: 3:3 or 3:13
let
  flag = if flag then false else true;
in
flag
