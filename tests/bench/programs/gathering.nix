# lists, sets and strings that folds gather piece by piece
{ n ? 20000 }:
let
  inherit (builtins) attrNames concatStringsSep foldl' genList length stringLength;
  numbers = genList (i: i) n;
  even = foldl' (found: i: if i / 2 * 2 == i then found ++ [ i ] else found) [ ] numbers;
  named = foldl' (found: i: found // { "k${toString i}" = i; }) { } numbers;
  text = foldl' (found: i: found + toString i) "" numbers;
in
[ (length even) (length (attrNames named)) (stringLength text) (stringLength (concatStringsSep "," (attrNames named))) ]
