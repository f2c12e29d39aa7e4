# blame: 2:19
builtins.bitAnd 5 "3"
