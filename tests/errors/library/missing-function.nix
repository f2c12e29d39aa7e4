# blame: 6:5
# flags: -I nixpkgs=data/nixpkgs
let
  lib = import <nixpkgs/lib>;
in
lib.optionlString true "a"
