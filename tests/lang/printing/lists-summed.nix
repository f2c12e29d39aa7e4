# Whoever adds up or joins numbers has wanted all of them, and those who made them.
let
  inherit (builtins) concatStringsSep foldl' genList seq;
  summed = genList (i: i + 1) 12;
  added = map (x: x * 2) summed;
  joined = genList (i: i * i) 12;
  overflowing = genList (i: i + 9223372036854775800) 4;
  some = foldl' (a: b: if b > 2 then a else a + b) 0 few;
  few = genList (i: i) 5;
  result = { inherit summed added joined overflowing few; };
in
seq (foldl' (a: b: a + b) 0 added) (
  seq (concatStringsSep "," (map toString joined)) (
    seq some (seq (builtins.tryEval (foldl' builtins.add 5 (map (x: x) [ 1 2 ]))) (
      seq result.summed (seq result.added (seq result.joined (seq result.overflowing (seq result.few result))))
    ))
  )
)
