# blame: 18:16
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
    (lib.mkRemovedOptionModule [ "services" "httpd" ] "Use nginx.")
    { options.assertions = mkOption { type = types.listOf types.unspecified; }; }
    { services.httpd = 1; }
  ];
}).config.services.httpd
