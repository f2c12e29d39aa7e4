# blame: 17:25
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      list = mkOption { type = types.listOf types.int; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    (
      { config, ... }:
      {
        list = [ 1 ] ++ config.list;
      }
    )
  ];
}).config
