# blame: 2:20
builtins.substring (-1) 3 "hello"
