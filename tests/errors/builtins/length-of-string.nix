# blame: 2:17
builtins.length "abc"
