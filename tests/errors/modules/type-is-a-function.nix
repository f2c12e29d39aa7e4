# blame: 7:33
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      ports = mkOption { type = types.listOf; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    { ports = [ 80 ]; }
  ];
}).config
