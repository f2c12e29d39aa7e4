# blame: 16:41 or 17:41
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
    { services.nginx.user = lib.mkForce "a"; }
    { services.nginx.user = lib.mkForce "b"; }
    { services.nginx.user = "c"; }
  ];
}).config
