# blame: 4:11 or 6:20
let
  lib = import <nixpkgs/lib>;
  debug = "yes";
in
lib.optionalString debug "-g"
