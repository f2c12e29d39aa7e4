# blame: 2:24 or 2:33
builtins.sort (a: b: a < b) [ 1 "2" 3 ]
