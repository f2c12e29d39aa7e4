# blame: 2:6
x: x.in
