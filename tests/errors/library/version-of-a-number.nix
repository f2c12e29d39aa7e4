# blame: 5:20
let
  lib = import <nixpkgs/lib>;
in
lib.versionAtLeast 2.1 "2.0"
