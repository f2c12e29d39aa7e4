# blame: 5:9 or 6:9
let
  lib = import <nixpkgs/lib>;
  overlay = final: prev: {
    a = final.b;
    b = final.a;
  };
in
(lib.fix (lib.extends overlay (final: { c = 1; }))).a
