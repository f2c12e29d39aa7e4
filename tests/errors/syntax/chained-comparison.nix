# blame: 2:10
x: 1 < x < 10
