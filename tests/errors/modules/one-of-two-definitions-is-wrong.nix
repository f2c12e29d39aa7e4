# blame: 15:14
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      port = mkOption { type = types.listOf types.port; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    { port = [ 80 ]; }
    { port = 443; }
  ];
}).config
