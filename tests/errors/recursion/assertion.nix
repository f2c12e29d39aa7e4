# blame: 3:3 or 3:20
let
  checked = assert checked > 0; 1;
in
checked
