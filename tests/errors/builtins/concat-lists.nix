# blame: 2:30
builtins.concatLists [ [ 1 ] 2 ]
