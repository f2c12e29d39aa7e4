# blame: 3:3 or 3:46
let
  total = builtins.foldl' (sum: n: sum + n + total) 0 [ 1 2 3 ];
in
total
