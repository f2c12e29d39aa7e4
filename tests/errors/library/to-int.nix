# blame: 4:10
let
  lib = import <nixpkgs/lib>;
  port = "8o";
in
lib.toInt port
