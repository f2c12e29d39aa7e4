# blame: 16:33 or 17:33 or 18:33
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      a = mkOption { type = types.str; };
      b = mkOption { type = types.str; };
      c = mkOption { type = types.str; };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    ({ config, ... }: { a = "x${config.b}"; })
    ({ config, ... }: { b = "y${config.c}"; })
    ({ config, ... }: { c = "z${config.a}"; })
  ];
}).config
