# blame: 2:14
builtins.map (x: x + 1 [ 1 2 3 ]
