# blame: 14:16 or 15:16
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      system = mkOption { type = types.str; readOnly = true; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    { system = "x"; }
    { system = "y"; }
  ];
}).config
