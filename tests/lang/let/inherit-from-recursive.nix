let s = { a = t; }; t = 5; inherit (s) a; in a
