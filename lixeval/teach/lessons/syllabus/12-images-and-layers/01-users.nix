# title: An image's users, as a set
# kind: complete
# read: An image needs accounts. The example image makes them from a set, and adds builders by listToAttrs.
# ask: Name the accounts builder1, builder2.
# answer: { builder1 = { uid = 30001; }; builder2 = { uid = 30002; }; root = { uid = 0; }; }
# solution: "builder${toString number}"
# hint: number is a number. A name is a string.
let
  lib = import <nixpkgs/lib>;
in
{ root.uid = 0; }
// lib.listToAttrs (map (number: { name = ???; value.uid = 30000 + number; }) (lib.range 1 2))
