# blame: 6:14
# flags: -I nixpkgs=data/nixpkgs
let
  lib = import <nixpkgs/lib>;
in
lib.genAttrs [ 1 2 ] (name: name)
