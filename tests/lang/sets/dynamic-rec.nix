rec { a = "n"; ${a} = 1; b = a; }
