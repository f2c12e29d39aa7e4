# blame: 14:16
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      filter = mkOption { type = types.functionTo types.bool; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    { filter = true; }
  ];
}).config
