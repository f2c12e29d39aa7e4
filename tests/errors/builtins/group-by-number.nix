# blame: 2:22
builtins.groupBy (x: x) [ 1 2 ]
