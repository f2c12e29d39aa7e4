# blame: 2:23
builtins.functionArgs 5
