# blame: 17:22
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      extra = mkOption { type = types.bool; default = false; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    (
      { config, ... }:
      {
        imports = if config.extra then [ { extra = true; } ] else [ ];
      }
    )
  ];
}).config
