let s = { a = 1; }; r = { inherit (s) a; }; p = builtins.unsafeGetAttrPos; in [ (p "a" s).line (p "a" s).column (p "a" r).column (p "x" r) ]
