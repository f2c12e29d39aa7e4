let a = b + 1; b = c * 2; c = 3; in [ a b c ]
