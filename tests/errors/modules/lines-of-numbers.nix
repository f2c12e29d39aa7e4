# blame: 15:14
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      text = mkOption { type = types.lines; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    { text = "a"; }
    { text = 1; }
  ];
}).config
