let x = [ 1 2 ]; y = { a = 1; }; in [ x y x ]
