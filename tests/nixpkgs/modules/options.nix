# A few hundred options, as a system's configuration has them: services made by a function, submodules, all common types.
{ lib, config, options, ... }:
let
  inherit (lib) mkOption mkEnableOption types;
  names = map (n: "service${toString n}") (lib.range 1 30);

  service = name: { config, ... }: {
    options = {
      enable = mkEnableOption "the service ${name}";
      port = mkOption { type = types.port; default = 8000 + lib.toInt (lib.removePrefix "service" name); };
      user = mkOption { type = types.str; default = name; description = "Who it runs as."; };
      arguments = mkOption { type = types.listOf types.str; default = [ ]; };
      environment = mkOption { type = types.attrsOf (types.nullOr (types.oneOf [ types.int types.str types.bool ])); default = { }; };
      level = mkOption { type = types.enum [ "debug" "info" "error" ]; default = "info"; };
      nice = mkOption { type = types.nullOr (types.ints.between (-20) 19); default = null; };
      extra = mkOption { type = types.lines; default = ""; };
      command = mkOption { type = types.str; readOnly = true; };
      limits = mkOption { type = types.submodule { freeformType = types.attrsOf types.int; options.files = mkOption { type = types.ints.positive; default = 1024; }; }; default = { }; };
    };
    config = {
      command = lib.concatStringsSep " " ([ "/bin/${name}" "--port=${toString config.port}" ] ++ config.arguments);
      limits.memory = lib.mkIf config.enable 512;
      arguments = lib.mkMerge [ (lib.mkIf (config.level == "debug") (lib.mkBefore [ "-v" ])) (lib.mkAfter [ "--user=${config.user}" ]) ];
    };
  };
in
{
  options = {
    services = lib.genAttrs names (name: mkOption { type = types.submodule (service name); default = { }; });
    users = mkOption {
      default = { };
      type = types.attrsOf (types.submodule ({ name, config, ... }: {
        options = {
          name = mkOption { type = types.strMatching "[a-z]+"; default = name; };
          id = mkOption { type = types.ints.u16; };
          home = mkOption { type = types.path; default = "/home/${config.name}"; defaultText = "home"; };
          groups = mkOption { type = with types; coercedTo str lib.singleton (listOf str); default = [ ]; };
          shell = mkOption { type = types.either types.path types.package; default = "/bin/sh"; };
        };
      }));
    };
    ports = mkOption { type = types.listOf types.int; internal = true; };
    ratio = mkOption { type = types.numbers.between 0 1; default = 0.5; };
    tree = mkOption { type = types.lazyAttrsOf types.anything; default = { }; };
    chosen = mkOption { type = types.attrTag { file = mkOption { type = types.path; }; text = mkOption { type = types.str; }; }; default = { text = "t"; }; };
    make = mkOption { type = types.functionTo types.str; default = _: "made"; };
    unset = mkOption { type = types.str; };
    unique = mkOption { type = types.uniq types.int; default = 1; };
    assertions = mkOption { type = types.listOf types.unspecified; default = [ ]; };
    warnings = mkOption { type = types.listOf types.str; default = [ ]; };
  };
  imports = [
    (lib.mkRenamedOptionModule [ "old" "ratio" ] [ "ratio" ])
    (lib.mkRemovedOptionModule [ "gone" ] "It was of no use.")
    { config.users.root = { id = 0; home = lib.mkDefault "/root"; groups = "wheel"; }; }
  ];
  config = {
    ports = map (name: config.services.${name}.port) (lib.filter (name: config.services.${name}.enable) names);
    warnings = lib.optional options.ratio.isDefined "the ratio is ${toString config.ratio}";
  };
}
