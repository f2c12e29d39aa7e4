# The first elements that differ decide, however deep they are; what comes behind them is not looked at.
let
  f = x: x;
  less = a: b: (builtins.tryEval (a < b)).value;
  bomb = throw "looked at";
  deep = n: x: if n == 0 then x else [ (deep (n - 1) x) n ];
  list = [ bomb ];
in
[
  (less [ 1 2 ] [ 1 3 4 ])
  (less [ [ 1 ] ] [ [ 1 2 ] ])
  (less [ [ 1 2 ] ] [ [ 1 ] ])
  (less [ [ 1 2 ] 5 ] [ [ 1 2 ] 6 ])
  (less [ [ 2 1 ] 5 ] [ [ 1 2 3 ] 6 ])
  (less [ 1 bomb ] [ 2 bomb ])
  (less [ [ 1 ] bomb ] [ [ 2 ] bomb ])
  (less [ [ bomb ] ] [ [ 1 2 ] ])
  (less [ [ bomb ] ] [ [ 1 ] ])
  (less [ { a = 1; } 2 ] [ { a = 1; } 3 ])
  (less [ [ f ] 1 ] [ [ f ] 2 ])
  (less [ [ ] 1 ] [ [ ] 2 ])
  (less [ [ 1.5 ] ] [ [ 2 ] ])
  (less [ [ null 1 ] ] [ [ null 2 ] ])
  (less [ [ [ 1 [ 2 3 ] ] ] ] [ [ [ 1 [ 2 4 ] ] ] ])
  (less [ list ] [ list ])
  (less [ [ 1 [ ] ] ] [ [ 1 [ bomb ] ] ])
  (less (deep 50 1) (deep 50 2))
  (less (deep 50 [ 1 ]) (deep 50 [ 1 2 ]))
  (builtins.sort (a: b: a < b) [ [ [ 2 ] ] [ [ 1 ] ] [ [ 1 2 ] ] [ ] ])
]
