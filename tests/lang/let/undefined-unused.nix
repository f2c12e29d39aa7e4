let x = y; in 1
