# blame: 7:38
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      port = mkOption { type = types.integer; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    { port = 80; }
  ];
}).config
