# many characters replaced, again and again by the same lists
let
  inherit (builtins) deepSeq genList hasContext length map replaceStrings substring toFile tryEval;
  characters = text: genList (p: substring p 1 text) (builtins.stringLength text);
  lower = characters "abcdefghijklmnopqrstuvwxyz";
  upper = characters "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  toUpper = replaceStrings lower upper;
  ten = [ "a" "b" "c" "d" "e" "f" "g" "h" "i" "a" ];
  some = replaceStrings ten [ "1" "22" "" "é" (throw "e") "f" (toFile "g" "") "h" "i" "never" ];
  attempt = x: tryEval (deepSeq x x);
in
{
  a = map toUpper [ "hello" "World, again" "" "ABC" "été" "zzz" ];
  b = map some [ "abc" "aabbcc" "hij" "x" "" ];
  c = map (x: (attempt (some x)).success) [ "a" "bed" "e" "b" ];
  d = map some [ "d" "dad" "éd" ];
  e = map (x: hasContext (some x)) [ "a" "g" "a" "hg" "b" ];
  f = some "daé";
  g = map (replaceStrings lower (map (c: c + "x") lower)) [ "ab" "b" "ab" ];
  i = replaceStrings (lower ++ [ "hello" "" ]) (upper ++ [ "H" "-" ]) "hello 1";
  j = map (replaceStrings ten (map (c: "\\" + c) ten)) [ "a-b" "zzz" ];
}
