# blame: 18:57
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
        config = { extra = true; } // lib.optionalAttrs config.extra { host = "x"; };
      }
    )
  ];
}).config
