# blame: 17:23
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      users = mkOption { default = [ ]; type = types.listOf (types.submodule { options.name = mkOption { type = types.str; }; options.shell = mkOption { type = types.enum [ "bash" "zsh" ]; default = "bash"; }; }); };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    {
      users = [
        { name = "a"; }
        { name = "b"; shel = "zsh"; }
      ];
    }
  ];
}).config
