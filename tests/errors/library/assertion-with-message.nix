# blame: 7:8
# flags: -I nixpkgs=data/nixpkgs
let
  lib = import <nixpkgs/lib>;
  port = 70000;
in
assert lib.assertMsg (port < 65536) "port ${toString port} is too large";
port
