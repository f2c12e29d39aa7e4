x: let y = x + 1; in y * y
