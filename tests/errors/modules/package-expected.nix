# blame: 14:17
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      package = mkOption { type = types.package; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    { package = "bash"; }
  ];
}).config
