# blame: 2:31
builtins.concatStringsSep "," "abc"
