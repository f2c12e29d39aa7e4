# blame: 17:17
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      rules = mkOption { type = types.attrsOf (types.either types.int (types.listOf types.int)); };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    {
      rules.a = 1;
      rules.b = [ 1 2 ];
      rules.c = "3";
    }
  ];
}).config
