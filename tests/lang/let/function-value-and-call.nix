let f = x: y: x - y; g = f; in [ (f 5 3) (g 1 2) ((f 9) 4) (builtins.isFunction f) ]
