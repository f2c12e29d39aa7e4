# title: Two definitions of the same priority
# kind: repair
# read: An int has one value. If two modules give different ones, one must be stronger: mkForce, or the other weaker: mkDefault.
# ask: The second module shall win, without changing the first.
# answer: 8443
# replace: { port = 8443; }
# solution: { port = lib.mkForce 8443; }
# hint: lib.mkForce in front of the value.
let
  lib = import <nixpkgs/lib>;
  declaration = { options.port = lib.mkOption { type = lib.types.int; }; };
in
(lib.evalModules { modules = [ declaration { port = 80; } { port = 8443; } ]; }).config.port
