# blame: 2:30 or 2:43
builtins.foldl' (sum: n: sum + n) 0 [ 1 2 "3" ]
