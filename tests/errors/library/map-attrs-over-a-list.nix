# blame: 5:59
let
  lib = import <nixpkgs/lib>;
in
lib.mapAttrs' (name: value: lib.nameValuePair name value) [ 1 2 ]
