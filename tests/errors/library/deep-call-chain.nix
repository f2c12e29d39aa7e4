# blame: 7:10
# flags: -I nixpkgs=data/nixpkgs
let
  lib = import <nixpkgs/lib>;
  shout = text: text + "!";
in
lib.pipe [ "a" "b" ] [
  (map (x: x + x))
  (lib.concatMapStringsSep "," shout)
  shout
  lib.toInt
]
