# blame: 26:49
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
    (
      let
        name = "web";
      in
      {
        hosts.${name} = { root = "/srv"; port = "80"; };
      }
    )
  ];
}).config
