# 200,000 ints in a scrambled order (7919 and 200,000 are coprime), sorted by a comparison written in Nix
let
  count = 200000;
  scrambled = builtins.genList (index: index * 7919 - (index * 7919 / count) * count) count;
  sorted = builtins.sort (a: b: a < b) scrambled;
in
[
  (builtins.head sorted)
  (builtins.elemAt sorted 12345)
  (builtins.elemAt sorted (count - 1))
]
