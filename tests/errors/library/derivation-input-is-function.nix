# blame: 8:3 or 8:29
# flags: -I nixpkgs=data/nixpkgs
let
  pkgs = import <nixpkgs> { };
in
(pkgs.mkDerivation {
  name = "hello";
  buildInputs = [ pkgs.zlib (import ./data/package.nix) ];
}).drvPath
