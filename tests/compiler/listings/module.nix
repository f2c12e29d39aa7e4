{ config, lib, pkgs, ... }:
with lib;
let cfg = config.services.foo; in
{
  options = {
    services.foo.enable = mkOption { type = types.bool; default = false; description = "Whether to enable foo."; };
    services.foo.names = mkOption { type = types.listOf types.str; default = [ ]; example = [ "a" ]; description = "Names."; };
  };
  config = mkIf cfg.enable { environment.etc.foo.text = "a ${toString cfg.names} b"; systemd.services.foo = { wantedBy = [ "multi-user.target" ]; script = "x"; }; };
}
