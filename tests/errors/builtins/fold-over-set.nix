# blame: 2:33
builtins.foldl' (a: b: a + b) 0 { a = 1; }
