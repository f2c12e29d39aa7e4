# Configuration files from Nix values: pkgs.formats.NAME options has `generate name value`.
# The types that NixOS modules check values with are `anything`: this set has no NixOS.
{ lib, pkgs }:
let
  format = toText: {
    type = lib.types.anything;
    generate = name: value: pkgs.writeText name (toText value);
  };

  # What lists in the sections of an INI file become.
  sections =
    function:
    {
      listsAsDuplicateKeys ? false,
      listToValue ? null,
      ...
    }@options:
    assert lib.assertMsg (
      !listsAsDuplicateKeys || listToValue == null
    ) "formats: listsAsDuplicateKeys and listToValue are two ways to write a list: give one";
    format (
      value:
      function (removeAttrs options [ "listToValue" ]) (
        lib.mapAttrsRecursive (
          _: member: if listToValue != null && builtins.isList member then listToValue member else member
        ) value
      )
    );
in
{
  json = { }: format builtins.toJSON;

  # JSON is YAML.
  yaml = { }: format builtins.toJSON;
  yaml_1_1 = { }: format builtins.toJSON;
  yaml_1_2 = { }: format builtins.toJSON;

  ini = sections lib.generators.toINI;
  iniWithGlobalSection = sections lib.generators.toINIWithGlobalSection;
  keyValue = sections lib.generators.toKeyValue;
  gitIni = { listsAsDuplicateKeys ? false, listToValue ? null }: format lib.generators.toGitINI;
  toml = { }: format (import ./toml.nix { inherit lib; });
}
