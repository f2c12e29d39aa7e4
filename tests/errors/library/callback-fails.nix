# blame: 7:58
# flags: -I nixpkgs=data/nixpkgs
let
  lib = import <nixpkgs/lib>;
  users = { eve.uid = 1; bob = { }; };
in
lib.mapAttrsToList (name: user: "${name}:${toString user.uid}") users
