let n = "x"; in [ (baseNameOf ./${n}) (baseNameOf ./a-${n}.nix) (/${n}/${n}) ]
