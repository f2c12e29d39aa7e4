({ zz }: 1) { zz = 1; yy = 2; bb = 3; }
