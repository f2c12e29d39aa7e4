# blame: 17:15
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      host = mkOption { type = types.str; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    { freeformType = types.attrsOf types.int; }
    {
      host = "web";
      cores = "four";
    }
  ];
}).config
