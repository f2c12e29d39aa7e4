# blame: 2:31
builtins.concatStringsSep "," [ 1 2 3 ]
