# blame: 26:22
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      home-manager.users = mkOption {
        default = { };
        type = types.attrsOf (types.submodule {
          options.programs.git.enable = mkOption { type = types.bool; default = false; };
          options.programs.git.userName = mkOption { type = types.nullOr types.str; default = null; };
          options.home.packages = mkOption { type = types.listOf types.str; default = [ ]; };
          options.home.file = mkOption { default = { }; type = types.attrsOf (types.submodule { options.text = mkOption { type = types.str; }; }); };
          options.home.stateVersion = mkOption { type = types.enum [ "24.05" "24.11" ]; };
        });
      };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    {
      home-manager.users.bob = {
        home.stateVersion = "24.11";
        programs.git.enabel = true;
      };
    }
  ];
}).config
