# blame: 2:12
map (x: x) null
