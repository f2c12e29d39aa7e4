# blame: 15:13
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      a = mkOption { type = types.attrsOf types.str; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    { a.x = "1"; }
    { a.y = 2; }
    { a.z = "3"; }
  ];
}).config
