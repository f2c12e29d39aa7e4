# blame: 18:16 or 19:13
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      a = mkOption { type = types.str; };
      b = mkOption { type = types.bool; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    (
      { config, ... }:
      {
        a = if config.b then "x" else "";
        b = config.a != "";
      }
    )
  ];
}).config
