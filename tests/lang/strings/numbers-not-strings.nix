builtins.concatStringsSep "," (map (i: i + 1) (builtins.genList (i: i) 12))
