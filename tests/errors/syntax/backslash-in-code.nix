# blame: 2:9
x: y: x \ y
