# blame: 15:15
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      value = mkOption { type = types.oneOf [ types.int types.bool ]; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    {
      value = "1";
    }
  ];
}).config
