# blame: 15:19
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      ports = mkOption { type = types.listOf types.port; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    { ports = [ 1 2 ]; }
    { ports = [ 3 "4" ]; }
  ];
}).config
