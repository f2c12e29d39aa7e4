# blame: 7:43
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      port = mkOption { type = types.int; defualt = 80; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    { }
  ];
}).config.port
