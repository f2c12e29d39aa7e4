# What a builtin gives is printed as «repeated» where it is the very set or list that it was given.
let
  set = if builtins.length [ ] < 1 then { a = 1; b = 2; c = 3; } else 1;
  list = if builtins.length [ ] < 1 then [ 1 2 3 ] else 1;
in
with builtins;
[
  set
  list
  (removeAttrs set [ ])
  (removeAttrs set [ "x" ])
  (removeAttrs set [ "a" ])
  (intersectAttrs set set)
  (set // { })
  ({ } // set)
  (mapAttrs (n: v: v) set)
  (foldl' (a: b: a // b) set [ { } { } ])
  (foldl' (a: b: a // b) set [ { } set ])
  (foldl' (a: b: a // b) { } [ set ])
  (foldl' (a: b: a ++ b) list [ [ ] [ ] ])
  (foldl' (a: b: a ++ b) list [ [ ] [ 4 ] ])
  (foldl' (a: b: a ++ b) [ ] [ list ])
  (list ++ [ ])
  ([ ] ++ list)
  (concatLists [ list ])
  (concatMap (x: x) [ list ])
  (filter (x: true) list)
  (map (x: x) list)
  (sort lessThan list)
  (partition (x: true) list).right
  (genList (elemAt list) 3)
]
