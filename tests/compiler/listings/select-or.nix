s: s.a.b or 1
