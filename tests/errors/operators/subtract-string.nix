# blame: 6:9
let
  total = 10;
  used = "3";
in
total - used
