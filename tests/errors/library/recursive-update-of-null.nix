# blame: 5:32
let
  lib = import <nixpkgs/lib>;
in
lib.recursiveUpdate { a = 1; } null
