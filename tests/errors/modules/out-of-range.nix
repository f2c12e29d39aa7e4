# blame: 15:14
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      port = mkOption { type = types.port; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    {
      port = 70000;
    }
  ];
}).config
