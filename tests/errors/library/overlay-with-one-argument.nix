# blame: 6:5
let
  lib = import <nixpkgs/lib>;
  overlays = [
    (final: prev: { a = 1; })
    (final: { b = final.a; })
  ];
  fixed = lib.fix (lib.foldl' (lib.flip lib.extends) (final: { }) overlays);
in
fixed.b
