# blame: 21:16 or 24:43
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
    {
      services.nginx.user = lib.mkDefault "a";
    }
    {
      services.nginx = {
        port = 81;
      };
    }
    { services.nginx.port = lib.mkMerge [ 82 ]; }
  ];
}).config
