# blame: 4:26
let
  lib = import <nixpkgs/lib>;
  overlay = final: prev: [ "a" ];
in
(lib.fix (lib.extends overlay (final: { x = 1; }))).x
