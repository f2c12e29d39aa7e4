# blame: 2:19
builtins.elem "a" "abc"
