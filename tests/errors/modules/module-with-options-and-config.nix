# blame: 18:27
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      _unused = mkOption { default = 1; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    (
      { config, lib, ... }:
      {
        options.web.port = lib.mkOption { type = lib.types.port; };
        config.web.port = "eighty";
      }
    )
  ];
}).config
