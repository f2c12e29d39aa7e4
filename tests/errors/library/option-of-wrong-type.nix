# blame: 7:3
# flags: -I nixpkgs=data/nixpkgs
let
  lib = import <nixpkgs/lib>;
in
lib.checkOptions { port = "int"; host = "string"; } {
  port = "80";
  host = "web";
}
