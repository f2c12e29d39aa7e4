# blame: 17:13
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      matrix = mkOption { type = types.listOf (types.listOf types.int); };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    {
      matrix = [
        [ 1 2 ]
        [ 3 "4" ]
      ];
    }
  ];
}).config
