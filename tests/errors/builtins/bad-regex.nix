# blame: 2:16
builtins.match "a(b" "ab"
