# blame: 2:5
map [ 1 2 3 ] (x: x * 2)
