s: s.a.b
