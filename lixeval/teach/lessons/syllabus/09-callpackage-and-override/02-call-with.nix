# title: callPackage by hand
# kind: complete
# read: callPackage looks at what a function wants and takes that from the package set. intersectAttrs a b has those of b that a names.
# ask: Give the function what it wants from pkgs.
# answer: "curl with zlib-1.3"
# solution: pkgs
# hint: The first set says which names, the second has the values.
# after: explain
let
  pkgs = { zlib = "zlib-1.3"; openssl = "openssl-3"; };
  curl = { zlib }: "curl with ${zlib}";
  call = f: f (builtins.intersectAttrs (builtins.functionArgs f) ???);
in
call curl
