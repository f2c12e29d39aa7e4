# blame: 23:51
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
      with lib;
      let cfg = config.services.nginx; in
      {
        config = mkIf cfg.enable (mkMerge [
          { services.nginx.user = "a"; }
          (mkIf (cfg.port == 80) { services.nginx.usr = "b"; })
        ]);
      }
    )
    { services.nginx.enable = true; }
  ];
}).config
