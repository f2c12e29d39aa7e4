# blame: 3:13
x:
assert x > 0
x + 1
