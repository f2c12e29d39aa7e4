# blame: 3:40 or 4:40 or 6:8
let
  isEven = n: if n == 0 then true else isOdd (n - 1);
  isOdd = n: if n == 0 then false else isEven (n - 1);
in
isEven (-1)
