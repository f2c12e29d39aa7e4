# a right fold written out: as many calls deep as the list is long
{ n ? 100000 }:
let
  foldr =
    operator: nul: list:
    let
      length = builtins.length list;
      go = index: if index == length then nul else operator (builtins.elemAt list index) (go (index + 1));
    in
    go 0;
in
foldr (element: sum: 1 + sum) 0 (builtins.genList (index: index) n)
