# functions that return functions: numbers as Church wrote them
let
  zero = f: x: x;
  successor = n: f: x: f (n f x);
  add = m: n: f: x: m f (n f x);
  times = m: n: f: m (n f);
  toInt = n: n (x: x + 1) 0;
  of = count: if count == 0 then zero else successor (of (count - 1));
  twenty = of 20;
  hundreds = builtins.genList (index: add (times (of 4) twenty) (of (index - index / 20 * 20))) 400;
in
builtins.foldl' (sum: n: sum + toInt (times n (of 5))) 0 hundreds
