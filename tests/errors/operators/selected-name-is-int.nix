# blame: 6:9
let
  table = { a = 1; };
  index = 0;
in
table.${index}
