# blame: 15:14
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      name = mkOption { type = types.strMatching "[a-z]+"; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    {
      name = "Web1";
    }
  ];
}).config
