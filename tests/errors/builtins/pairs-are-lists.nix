# blame: 2:24
builtins.listToAttrs [ [ "a" 1 ] ]
