let zero = f: x: x; suc = n: f: x: f (n f x); add = m: n: f: x: m f (n f x); two = suc (suc zero); in add two two (x: x + 1) 0
