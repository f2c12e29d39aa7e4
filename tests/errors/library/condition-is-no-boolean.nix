# blame: 8:30
# flags: -I nixpkgs=data/nixpkgs
let
  lib = import <nixpkgs/lib>;
  debug = 1;
in
{
  flags = lib.optionalString debug "-g";
}
