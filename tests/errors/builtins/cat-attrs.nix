# blame: 2:36
builtins.catAttrs "a" [ { a = 1; } "b" ]
