# blame: 22:29
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      users = mkOption {
        type = types.listOf (types.submodule {
          options.name = mkOption { type = types.str; };
          options.uid = mkOption { type = types.int; };
        });
      };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    {
      users = [
        { name = "a"; uid = 1; }
        { name = "b"; uid = "2"; }
      ];
    }
  ];
}).config
