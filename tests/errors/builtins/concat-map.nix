# blame: 2:24
builtins.concatMap (x: x + 1) [ 1 2 ]
