# blame: 8:9
let
  add = a: b: a + b;
  add1 = add 1;
in
[
  (add1 2)
  (add1 "3")
]
