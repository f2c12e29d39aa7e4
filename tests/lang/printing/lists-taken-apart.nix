# Elements that map and genList make show whether they were wanted, where somebody can see the list.
let
  inherit (builtins) all elemAt foldl' genList head length sort tail;
  gone = genList (i: i * 2) 20;
  kept = genList (i: i + 1) 3;
  mapped = map (x: x + 1) kept;
  sorted = sort (a: b: b < a) mapped;
  sum = foldl' (a: b: a + b) 0;
  show = l: { inherit l; first = head l; };
  passed = map (x: x) [ 1 2 ];
  result = {
    inherit kept sorted;
    numbers = [ (sum gone) (elemAt gone 3) (length (map (x: x) kept)) ];
    shown = show passed;
    rest = tail (map (x: x * x) [ 3 4 5 ]);
    joined = map toString [ 1 2 ] ++ [ (toString (all (x: x > 0) kept)) ];
    folded = foldl' (acc: x: acc ++ [ x ]) [ ] (genList (i: i) 3);
  };
in
builtins.seq (elemAt kept 1) (builtins.seq result.sorted (builtins.seq result.kept (
  builtins.seq result.numbers (builtins.seq result.shown (builtins.seq result.rest (
    builtins.seq result.joined (builtins.seq (head result.folded) result)))))))
