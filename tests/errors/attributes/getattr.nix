# blame: 2:25
builtins.getAttr "hots" { host = 1; }
