# blame: 17:15
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      limits = mkOption { type = types.attrsOf types.int; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    {
      limits = {
        memory = 512;
        cpu = "2";
      };
    }
  ];
}).config
