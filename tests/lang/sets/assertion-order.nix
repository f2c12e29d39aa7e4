assert { yy = 1; xx = 3; } == { xx = 2; yy = 2; }; 1
