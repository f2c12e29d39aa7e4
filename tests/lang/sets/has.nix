[ ({ a.b = 1; } ? a.b) ({ a.b = 1; } ? a.c) ({ } ? a.b.c) (1 ? a) ({ a = null; } ? a) ]
