# blame: 2:19
builtins.readFile ./data
