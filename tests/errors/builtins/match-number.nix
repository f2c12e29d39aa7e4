# blame: 2:25
builtins.match "[0-9]+" 42
