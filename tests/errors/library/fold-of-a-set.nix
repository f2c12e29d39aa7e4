# blame: 5:28
let
  lib = import <nixpkgs/lib>;
in
lib.foldl' (a: b: a + b) 0 { x = 1; }
