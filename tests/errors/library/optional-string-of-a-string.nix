# blame: 4:11
let
  lib = import <nixpkgs/lib>;
  debug = "yes";
in
lib.optionalString debug "-g"
