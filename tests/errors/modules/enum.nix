# blame: 15:15
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      level = mkOption { type = types.enum [ "debug" "info" "error" ]; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    {
      level = "warn";
    }
  ];
}).config
