# title: A package that the set does not have
# kind: repair
# read: callPackage cannot give what pkgs does not have.
# ask: Repair the name of the dependency.
# answer: "uses zlib-1.3"
# replace: { zlip }: { text = "uses ${zlip}"; }
# solution: { zlib }: { text = "uses ${zlib}"; }
# hint: Which names does pkgs have?
let
  lib = import <nixpkgs/lib>;
  pkgs = { zlib = "zlib-1.3"; };
in
(lib.callPackageWith pkgs ({ zlip }: { text = "uses ${zlip}"; }) { }).text
