# blame: 2:10
builtins.lenght [ 1 2 ]
