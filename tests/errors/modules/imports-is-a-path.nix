# blame: 16:17
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options.users = mkOption {
      type = types.listOf (types.submodule { options.name = mkOption { type = types.str; }; });
      default = [ ];
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    {
      imports = ./data/number.nix;
    }
  ];
}).config
