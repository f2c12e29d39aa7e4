# blame: 5:22
let
  lib = import <nixpkgs/lib>;
in
lib.concatStringsSep [ "a" ] ","
