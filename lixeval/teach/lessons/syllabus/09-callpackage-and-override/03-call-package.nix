# title: callPackage
# kind: complete
# read: callPackageWith pkgs f { … } fills in arguments from pkgs; those in the last set win.
# ask: Build with libressl in the place of openssl.
# answer: "curl libressl-4 zlib-1.3"
# solution: { openssl = pkgs.libressl; }
# hint: The last argument names what shall be different.
let
  lib = import <nixpkgs/lib>;
  pkgs = { zlib = "zlib-1.3"; openssl = "openssl-3"; libressl = "libressl-4"; };
  curl = { openssl, zlib }: { text = "curl ${openssl} ${zlib}"; };
in
(lib.callPackageWith pkgs curl ???).text
