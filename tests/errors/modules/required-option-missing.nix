# blame: 19:32
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      host = mkOption { type = types.str; };
      port = mkOption { type = types.port; default = 80; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    (
      { config, ... }:
      {
        options.url = mkOption { type = types.str; };
        config.url = "http://${config.host}:${toString config.port}";
      }
    )
  ];
}).config.url
