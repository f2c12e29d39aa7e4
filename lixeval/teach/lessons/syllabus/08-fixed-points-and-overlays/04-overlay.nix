# title: final and prev
# kind: complete
# read: An overlay is final: prev: { … }. prev is what the layers below have made, final what all together will make.
# ask: Add 1 to the version of the layer below.
# answer: { title = "tool 3"; version = 3; }
# solution: prev.version + 1
# hint: final.version would need itself.
# after: explain
let
  lib = import <nixpkgs/lib>;
  base = final: { version = 2; title = "tool ${toString final.version}"; };
  overlay = final: prev: { version = ???; };
in
lib.fix (lib.extends overlay base)
