# blame: 14:14
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      host = mkOption { type = types.str; apply = s: lib.toInt s; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    { host = "web"; }
  ];
}).config
