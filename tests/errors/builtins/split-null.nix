# blame: 2:20
builtins.split "," null
