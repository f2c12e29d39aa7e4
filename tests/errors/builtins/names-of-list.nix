# blame: 2:20
builtins.attrNames [ "a" ]
