let omega = (x: x x) (x: x x); in 1
