# blame: 2:56
builtins.findFile [ { path = ./data; prefix = "x"; } ] "y"
