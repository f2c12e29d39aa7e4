# blame: 2:36
builtins.intersectAttrs { a = 1; } [ 1 ]
