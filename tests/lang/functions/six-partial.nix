let f = a: b: c: d: e: g: a + b + c + d + e + g; p = f 1 2; in p 3 4 5 6
