# blame: 7:10
# flags: -I nixpkgs=data/nixpkgs
let
  lib = import <nixpkgs/lib>;
in
{
  port = lib.toInt "80a";
}
