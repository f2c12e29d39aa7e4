let s = { __functor = self: x: x + self.n; n = 2; }; in [ (s 1) (map s [ 1 2 ]) ]
