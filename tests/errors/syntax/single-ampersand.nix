# blame: 2:9
a: b: a & b
