# blame: 2:21
builtins.filter (x: x - 1) [ 1 2 ]
