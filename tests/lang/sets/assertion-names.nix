assert { "a b" = 1; yy = 2; } == { yy = 1; xx = 2; }; 1
