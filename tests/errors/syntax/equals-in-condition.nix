# blame: 2:9
x: if x = 1 then "one" else "other"
