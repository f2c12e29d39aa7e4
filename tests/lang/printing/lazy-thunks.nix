{ a = 1; b = 1 + 1; c = [ 1 (1 + 1) "s" ]; d = x: x; e = { f = 1; }; g = [ ]; h = { }; i = "a${"b"}"; j = -1; k = 1.5; l = ./x == 1; m = let n = 1; in n; o = null; p = true; }
