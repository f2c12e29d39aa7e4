# Strings that are added in place: ends of characters that come together, contexts, sets and paths among them.
let
  inherit (builtins) substring;
  three = a: b: a + b + "x";
  around = a: "<" + a + ">";
  half = number: substring number 1 "é";
in
[
  (three "a" "b") (three "é" "ü") (three "" "") (three { outPath = "/o"; } "z") (around "ö") (around "")
  (half 0 + half 1) (half 0 + "a" + half 1 == half 0 + "a" + half 1) (three (half 0) (half 1)) (around (half 0 + half 1) == "<é>")
  ((x: x + "/y") /a) ((x: toString x + x) "1") ((x: "n" + toString x + x) "1")
  (builtins.getContext (around (builtins.toFile "x" "y"))) (around { __toString = self: "s"; })
]
