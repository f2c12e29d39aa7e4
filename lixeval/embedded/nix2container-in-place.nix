# What nix2container's own default.nix gives, with lixeval's builders in the place of those that call its program.
# `original` is what that file is: a function that wants the package set.  Its programs are there, and built if used.
original:
arguments@{
  pkgs ? import <nixpkgs> { },
  ...
}:
original arguments // { nix2container = import ./nix2container.nix { inherit pkgs; }; }
