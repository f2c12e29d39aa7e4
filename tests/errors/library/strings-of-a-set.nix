# blame: 7:12
let
  lib = import <nixpkgs/lib>;
in
lib.concatMapStringsSep "," (x: x.name) [
  { name = "a"; }
  { name = 2; }
]
