# blame: 6:18
# flags: -I nixpkgs=data/nixpkgs
let
  pkgs = import <nixpkgs> { };
in
[ pkgs.zlib pkgs.oldlib ]
