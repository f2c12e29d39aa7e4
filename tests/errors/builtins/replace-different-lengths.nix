# blame: 2:25
builtins.replaceStrings [ "a" "b" ] [ "x" ] "abc"
