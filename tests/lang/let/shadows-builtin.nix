let map = x: x; true = false; in [ (map 1) true (builtins.map (x: x) [ 2 ]) ]
