# blame: 2:23
builtins.stringLength [ 1 ]
