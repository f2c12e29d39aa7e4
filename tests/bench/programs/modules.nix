# nixpkgs' module system: 20 services of some 10 options each, submodules, priorities, orders; hashed as JSON
# needs -I nixpkgs-lib=FOLDER, the lib folder of a nixpkgs checkout
let
  lib = import <nixpkgs-lib>;
  inherit (lib) mkOption mkEnableOption mkIf mkMerge mkDefault mkForce mkBefore types;
  service = i: { config, ... }:
    let cfg = config.services."svc${toString i}"; in {
      options.services."svc${toString i}" = {
        enable = mkEnableOption "service ${toString i}";
        port = mkOption { type = types.port; default = 8000 + i; };
        user = mkOption { type = types.str; default = "svc${toString i}"; };
        group = mkOption { type = types.nullOr types.str; default = null; };
        extraConfig = mkOption { type = types.lines; default = ""; };
        settings = mkOption { type = types.attrsOf (types.oneOf [ types.int types.str types.bool ]); default = { }; };
        hosts = mkOption { type = types.listOf types.str; default = [ ]; };
        package = mkOption { type = types.nullOr types.path; default = null; };
        level = mkOption { type = types.enum [ "debug" "info" "warn" ]; default = "info"; };
        vhosts = mkOption {
          default = { };
          type = types.attrsOf (types.submodule ({ name, ... }: {
            options = {
              host = mkOption { type = types.str; default = name; };
              root = mkOption { type = types.str; default = "/srv/${name}"; };
              ssl = mkOption { type = types.bool; default = false; };
            };
          }));
        };
      };
      config = mkIf cfg.enable (mkMerge [
        {
          users.${cfg.user} = { uid = 1000 + i; home = mkDefault "/var/lib/${cfg.user}"; };
          etc."svc${toString i}.conf".text = ''
            port = ${toString cfg.port}
            level = ${cfg.level}
            ${cfg.extraConfig}
            ${lib.concatStringsSep "\n" (lib.mapAttrsToList (k: v: "${k} = ${toString v}") cfg.settings)}
          '';
          ports = [ cfg.port ];
        }
        (mkIf (cfg.vhosts != { }) {
          etc."svc${toString i}.hosts".text = lib.concatMapStringsSep "\n" (v: "${v.host} ${v.root}") (lib.attrValues cfg.vhosts);
        })
      ]);
    };
  base = {
    options = {
      users = mkOption {
        default = { };
        type = types.attrsOf (types.submodule {
          options = {
            uid = mkOption { type = types.int; };
            home = mkOption { type = types.str; };
            groups = mkOption { type = types.listOf types.str; default = [ "users" ]; };
          };
        });
      };
      etc = mkOption { default = { }; type = types.attrsOf (types.submodule { options.text = mkOption { type = types.lines; }; }); };
      ports = mkOption { type = types.listOf types.port; default = [ ]; };
    };
  };
  conf = {
    services = lib.listToAttrs (map (i: lib.nameValuePair "svc${toString i}" {
      enable = lib.mod i 2 == 0;
      settings = { a = i; b = "x${toString i}"; c = true; };
      hosts = mkBefore [ "h${toString i}" ];
      extraConfig = "extra ${toString i}";
      vhosts = { "a${toString i}.example" = { ssl = true; }; "b${toString i}.example" = { root = mkForce "/b"; }; };
    }) (lib.range 1 20));
  };
  conf2 = { services.svc2.hosts = [ "late" ]; services.svc4.level = mkForce "warn"; services.svc4.extraConfig = lib.mkAfter "after"; };
  r = lib.evalModules { modules = [ base conf conf2 ] ++ map service (lib.range 1 20); };
in
{
  hash = builtins.hashString "sha256" (builtins.toJSON r.config);
  ports = r.config.ports;
  n = builtins.length (lib.collect (x: x._type or null == "option") r.options);
}
