# blame: 2:15
builtins.ceil "1.5"
