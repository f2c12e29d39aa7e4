# blame: 15:28
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      names = mkOption { type = types.listOf types.str; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    {
      names = lib.mkBefore "a";
    }
  ];
}).config
