# blame: 5:7
let
  total = prices: builtins.foldl' builtins.add 0 prices;
in
total { a = 1; b = 2; }
