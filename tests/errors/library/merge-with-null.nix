# blame: 6:34
# flags: -I nixpkgs=data/nixpkgs
let
  lib = import <nixpkgs/lib>;
in
lib.recursiveUpdate { a.b = 1; } null
