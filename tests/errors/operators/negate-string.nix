# blame: 5:5
let
  offset = "5";
in
[ (-offset) ]
