# blame: 8:3
# flags: -I nixpkgs=data/nixpkgs
let
  lib = import <nixpkgs/lib>;
in
lib.checkDeclared { port = 80; host = "a"; } {
  host = "b";
  prot = 81;
}
