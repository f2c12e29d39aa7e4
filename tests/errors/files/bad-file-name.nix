# blame: 2:17
builtins.toFile "a/b" "text"
