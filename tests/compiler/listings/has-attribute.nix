s: s ? a.b
