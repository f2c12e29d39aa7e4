# blame: 7:14
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      port = 80;
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    { port = 80; }
  ];
}).config
