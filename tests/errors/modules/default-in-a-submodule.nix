# blame: 7:121
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  declarations = {
    options = {
      hosts = mkOption { type = types.attrsOf (types.submodule { options.port = mkOption { type = types.port; default = "80"; }; }); };
    };
  };
in
(lib.evalModules {
  modules = [
    declarations
    { hosts.a = { }; }
  ];
}).config
