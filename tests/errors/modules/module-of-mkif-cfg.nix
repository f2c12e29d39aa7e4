# blame: 26:20
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
      let
        cfg = config.services.web;
      in
      {
        options.services.web.enable = lib.mkEnableOption "web";
        config = lib.mkIf cfg.enable {
          services.nginx = {
            enable = true;
            port = cfg.port;
          };
        };
      }
    )
    { services.web.enable = true; }
  ];
}).config
