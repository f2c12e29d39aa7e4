# title: A package set is a fixed point
# kind: predict
# read: Here every package is called with the final set. A change of one is seen by all that use it.
# ask: What is the value?
# answer: "curl (openssl 3.1 (zlib 2))"
# hint: overlay replaces zlib. Who uses zlib?
# after: explain
let
  lib = import <nixpkgs/lib>;
  base = self: {
    zlib = "zlib 1";
    openssl = "openssl 3.1 (${self.zlib})";
    curl = "curl (${self.openssl})";
  };
  overlay = final: prev: { zlib = "zlib 2"; };
in
(lib.fix (lib.extends overlay base)).curl
