let map = f: x: f x; in map (x: x) 1
