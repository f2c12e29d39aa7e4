# blame: 7:20
let
  lib = import <nixpkgs/lib>;
in
lib.generators.toINI { } {
  server.port = 80;
  server.handler = (x: x);
}
