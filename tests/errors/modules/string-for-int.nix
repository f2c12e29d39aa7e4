# blame: 17:14
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      port = mkOption { type = types.int; };
      host = mkOption { type = types.str; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    {
      host = "web";
      port = "80";
    }
  ];
}).config
