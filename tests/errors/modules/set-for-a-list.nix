# blame: 14:18
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      packages = mkOption { type = types.listOf types.str; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    { packages = { git = true; }; }
  ];
}).config
