# Configuration files from Nix values: pkgs.formats.NAME options has `generate name value`.
# The types that NixOS modules check values with are `anything`: this set has no NixOS.
{ lib, pkgs }:
let
  format = toText: {
    type = lib.types.anything;
    generate = name: value: pkgs.writeText name (toText value);
  };
in
{
  json = _: format builtins.toJSON;

  # JSON is YAML.
  yaml = _: format builtins.toJSON;

  ini = options: format (lib.generators.toINI options);
  iniWithGlobalSection = options: format (lib.generators.toINIWithGlobalSection options);
  keyValue = options: format (lib.generators.toKeyValue options);
  gitIni = _: format lib.generators.toGitINI;
  toml = _: format (import ./toml.nix { inherit lib; });
}
