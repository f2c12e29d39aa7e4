# blame: 7:39
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      names = mkOption { type = types.list types.str; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    { names = [ "a" ]; }
  ];
}).config
