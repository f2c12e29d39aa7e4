# blame: 4:10 or 6:11
let
  lib = import <nixpkgs/lib>;
  port = "8o";
in
lib.toInt port
