# blame: 22:79 or 24:9
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      hosts = mkOption {
        default = { };
        type = types.attrsOf (types.submodule {
          options.root = mkOption { type = types.path; };
          options.port = mkOption { type = types.port; default = 80; };
          options.aliases = mkOption { type = types.listOf types.str; default = [ ]; };
        });
      };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    {
      hosts = builtins.mapAttrs (name: port: { root = "/srv/${name}"; inherit port; }) {
        web = 80;
        mail = "25";
      };
    }
  ];
}).config
