# blame: 2:26
builtins.toJSON { a = 1; f = x: x; }
