# blame: 2:13
x: if x > 1 "big" else "small"
