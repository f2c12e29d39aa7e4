# blame: 15:15
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      limit = mkOption { type = types.nullOr types.int; default = null; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    {
      limit = "none";
    }
  ];
}).config
