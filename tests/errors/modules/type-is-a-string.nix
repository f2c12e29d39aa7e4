# blame: 7:32
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      port = mkOption { type = "int"; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    { port = 80; }
  ];
}).config
