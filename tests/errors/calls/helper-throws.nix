# blame: 8:13
let
  must = message: condition: value: if condition then value else throw message;
  positive = n: must "not positive" (n > 0) n;
in
[
  (positive 3)
  (positive (-1))
]
