# blame: 18:13 or 19:13
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      a = mkOption { type = types.int; };
      b = mkOption { type = types.int; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    (
      { config, ... }:
      {
        a = config.b + 1;
        b = config.a + 1;
      }
    )
  ];
}).config
