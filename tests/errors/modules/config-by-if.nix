# blame: 18:21
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      extra = mkOption { type = types.bool; default = false; };
      host = mkOption { type = types.str; default = ""; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    (
      { config, ... }:
      {
        config = if config.extra then { host = "x"; } else { };
      }
    )
  ];
}).config
