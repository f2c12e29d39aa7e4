# How far two strings are from each other: shared ends and the number of edits.
{ lib }:
let
  inherit (builtins)
    elemAt
    foldl'
    genList
    stringLength
    substring
    ;
  at = text: n: substring n 1 text;
in
rec {
  commonPrefixLength =
    a: b:
    let
      shorter = lib.min (stringLength a) (stringLength b);
    in
    lib.lists.findFirstIndex (n: at a n != at b n) shorter (genList (n: n) shorter);
  commonSuffixLength =
    a: b:
    let
      shorter = lib.min (stringLength a) (stringLength b);
      fromEnd = text: n: at text (stringLength text - 1 - n);
    in
    lib.lists.findFirstIndex (n: fromEnd a n != fromEnd b n) shorter (genList (n: n) shorter);

  # One row of the table of edits a step: row n holds the distances of the first n letters
  # of a to each beginning of b.
  levenshtein =
    a: b:
    let
      width = stringLength b;
      nextRow =
        row: n:
        foldl' (
          done: m:
          let
            replaced = elemAt row m + (if at a n == at b m then 0 else 1);
            dropped = elemAt row (m + 1) + 1;
            added = elemAt done m + 1;
          in
          done ++ [ (lib.min replaced (lib.min dropped added)) ]
        ) [ (n + 1) ] (genList (m: m) width);
      last = foldl' nextRow (genList (m: m) (width + 1)) (genList (n: n) (stringLength a));
    in
    elemAt last width;
  levenshteinAtMost =
    limit: a: b:
    let
      lengths = stringLength a - stringLength b;
    in
    lengths <= limit && -lengths <= limit && levenshtein a b <= limit;
}
