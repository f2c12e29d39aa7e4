# blame: 14:19
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      host = mkOption { type = types.str; default = "x"; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    { imports = [ ./data/nowhere.nix ]; }
  ];
}).config
