# blame: 14:16
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      system = mkOption { type = types.str; readOnly = true; default = "x"; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    { system = "y"; }
  ];
}).config
