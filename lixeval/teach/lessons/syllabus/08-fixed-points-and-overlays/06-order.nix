# title: Overlays in order
# kind: predict
# read: composeManyExtensions applies overlays from left to right. Each sees the one before it as prev.
# ask: What is the value of n?
# answer: 21
# hint: First (1 * 10), then + 1 … or the other way round?
# hint: The base is 2.
# after: explain
let
  lib = import <nixpkgs/lib>;
  base = final: { n = 2; };
  overlays = [ (final: prev: { n = prev.n * 10; }) (final: prev: { n = prev.n + 1; }) ];
in
(lib.fix (lib.extends (lib.composeManyExtensions overlays) base)).n
