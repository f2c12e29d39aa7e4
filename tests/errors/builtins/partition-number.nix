# blame: 2:20
builtins.partition 1 [ 1 2 ]
