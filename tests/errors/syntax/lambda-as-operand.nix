# blame: 2:8
x: x + y: y
