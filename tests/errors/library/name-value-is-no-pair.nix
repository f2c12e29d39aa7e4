# blame: 5:29
let
  lib = import <nixpkgs/lib>;
in
lib.mapAttrs' (name: value: { inherit name; }) { a = 1; }
