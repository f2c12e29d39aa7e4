# title: mkIf puts the question inside
# kind: complete
# read: A module that asks config for its own names needs itself. lib.mkIf condition { … } keeps the names outside and the condition inside.
# ask: Open port 443 if tls is on.
# answer: [ 80 443 ]
# solution: lib.mkIf config.tls
# hint: Not if … then: lib.mkIf.
let
  lib = import <nixpkgs/lib>;
  declaration = {
    options.tls = lib.mkOption { type = lib.types.bool; default = false; };
    options.ports = lib.mkOption { type = lib.types.listOf lib.types.int; };
    config.ports = [ 80 ];
  };
  secure = { config, ... }: { ports = lib.mkAfter (lib.optional config.tls 443); };
  quiet = { config, ... }: { config = ??? { }; };
in
(lib.evalModules { modules = [ declaration secure quiet { tls = true; } ]; }).config.ports
