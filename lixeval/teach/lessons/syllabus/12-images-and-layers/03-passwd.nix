# title: All lines of a set
# kind: complete
# read: mapAttrs calls a function with each name and value; attrValues gives the results in the order of the names.
# ask: Put the lines together, each on a line of its own.
# answer: "eve:1000\nroot:0"
# solution: lib.mapAttrs
# hint: Which function of lib calls render with name and value?
# hint: lib.mapAttrs render entries
let
  lib = import <nixpkgs/lib>;
  lines = render: entries: lib.concatStringsSep "\n" (lib.attrValues (??? render entries));
in
lines (account: { uid }: "${account}:${toString uid}") { root.uid = 0; eve.uid = 1000; }
