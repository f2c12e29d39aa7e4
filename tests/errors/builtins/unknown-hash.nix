# blame: 2:21
builtins.hashString "sha42" "text"
