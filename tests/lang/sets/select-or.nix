[ ({ }.a or 1) ({ a.b = 2; }.a.b or 3) ({ a = 1; }.a.b.c or 4) ((x: x).a or 5) ]
