# blame: 2:19
builtins.fromJSON ''{"a": 1,}''
