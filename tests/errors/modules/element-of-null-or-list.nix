# blame: 14:17
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      x = mkOption { type = types.nullOr (types.listOf types.int); default = null; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    { x = [ 1 2 "3" ]; }
  ];
}).config
