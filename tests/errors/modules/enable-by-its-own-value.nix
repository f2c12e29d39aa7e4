# blame: 19:42
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      services.nginx.enable = mkOption { type = types.bool; default = false; };
      services.nginx.port = mkOption { type = types.port; default = 80; };
      services.nginx.user = mkOption { type = types.str; default = "nginx"; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    (
      { config, lib, ... }:
      {
        services.nginx.enable = lib.mkIf config.services.nginx.enable true;
      }
    )
  ];
}).config
