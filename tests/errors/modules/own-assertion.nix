# blame: 23:11 or 24:11 or 29:12
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  failed = config: map (each: each.message) (lib.filter (each: !each.assertion) config.assertions);
  system =
    modules:
    let
      inherit (lib.evalModules { inherit modules; }) config;
    in
    if failed config == [ ] then config else throw "Failed assertions:\n${lib.concatMapStrings (m: "- ${m}") (failed config)}";
in
system [
  {
    options.assertions = mkOption { type = types.listOf types.unspecified; };
    options.port = mkOption { type = types.port; };
  }
  (
    { config, ... }:
    {
      assertions = [
        {
          assertion = config.port != 80;
          message = "port 80 is taken";
        }
      ];
    }
  )
  { port = 80; }
]
