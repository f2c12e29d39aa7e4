# blame: 2:17
builtins.getEnv 1
