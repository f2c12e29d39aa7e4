# blame: 7:14 or 14:22
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      port = mkOption { type = types.int; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    { options.port = mkOption { type = types.str; }; }
  ];
}).config.port
