# blame: 7:34
# flags: -I nixpkgs=data/nixpkgs
let
  lib = import <nixpkgs/lib>;
in
{
  path = lib.concatMapStringsSep (p: p + "/bin") ":" [ "/usr" "/opt" ];
}
