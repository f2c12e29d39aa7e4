s: if s.a.b or null == "x" then s.a.c else if s.a.b or null == "y" then s.a.d + s.a.d else s ? e && s.e
