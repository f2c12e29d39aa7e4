# blame: 6:1 or data/needs-libfoo.nix:1:8
# flags: -I nixpkgs=data/nixpkgs
let
  pkgs = import <nixpkgs> { };
in
pkgs.callPackage ./data/needs-libfoo.nix { }
