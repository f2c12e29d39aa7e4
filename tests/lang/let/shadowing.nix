let x = 1; f = x: let x = 2; in x; in [ (f x) x ]
