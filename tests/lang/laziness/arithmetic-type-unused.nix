let f = x: y: 1; n = "a"; in f (n - 1) (n * 2)
