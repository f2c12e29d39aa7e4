let f = x: x; s = { inherit f; }; in [ (f == f) (s == s) ([ f ] == [ f ]) ({ a = f; } == { a = f; }) ]
