assert (1 < 2) == false; 1
