# blame: 7:53
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      port = mkOption { type = types.int; default = "80"; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    { }
  ];
}).config
