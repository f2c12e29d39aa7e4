# blame: 3:14
let
  count = n: count (n + 1);
in
count 0
