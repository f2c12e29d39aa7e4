# blame: 14:14 or 15:14
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      host = mkOption { type = types.uniq types.str; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    { host = "a"; }
    { host = "a"; }
  ];
}).config
