# blame: 2:22
builtins.sort (a: b: a - b) [ 2 1 ]
