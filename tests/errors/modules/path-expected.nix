# blame: 14:14
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      root = mkOption { type = types.path; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    { root = "srv/www"; }
  ];
}).config
