# blame: 16:7
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options.users = mkOption {
      type = types.listOf (types.submodule { options.name = mkOption { type = types.str; }; });
      default = [ ];
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    {
      users = map (name: { inherit name; }) [ "eve" 3 ];
    }
  ];
}).config
