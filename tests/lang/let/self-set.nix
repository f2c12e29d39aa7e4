let x = { a = 1; b = x; }; in x.b.b.b.a
