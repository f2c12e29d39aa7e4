# blame: 14:14
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      port = mkOption { type = types.coercedTo types.int toString types.str; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    { port = 8.5; }
  ];
}).config
