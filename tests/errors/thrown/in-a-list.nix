# blame: 5:17
let
  check = name: if name == "" then throw "a name is empty" else name;
in
map check [ "a" "" ]
