# Text formats made from Nix values. Every generator takes a set of settings first and
# the data second. Printing values as Nix is in generators/pretty.nix, the formats of
# other programs' own kind in generators/foreign.nix.
{ lib }:
let
  inherit (builtins)
    attrNames
    concatLists
    concatMap
    concatStringsSep
    isAttrs
    isBool
    isFloat
    isFunction
    isInt
    isList
    isString
    map
    typeOf
    ;
  inherit (lib) concatStrings mapAttrsToList;
in
rec {
  mkValueStringDefault =
    { }:
    value:
    let
      refuse = kind: abort "generators.mkValueStringDefault: ${kind} not supported: ${toPretty { } value}";
    in
    if isInt value || lib.isDerivation value then
      toString value
    else if isString value then
      value
    else if isBool value then
      lib.boolToString value
    else if value == null then
      "null"
    else if isFloat value then
      lib.strings.floatToString value
    else if isList value then
      refuse "lists"
    else if isAttrs value then
      refuse "attrsets"
    else if isFunction value then
      refuse "functions"
    else
      refuse "type ${typeOf value} (internal error)";

  mkKeyValueDefault =
    {
      mkValueString ? mkValueStringDefault { },
    }:
    separator: key: value:
    "${lib.escape [ separator ] key}${separator}${mkValueString value}";

  toKeyValue =
    {
      mkKeyValue ? mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
      indent ? "",
    }:
    let
      line = key: value: "${indent}${mkKeyValue key value}\n";
      lines = key: value: if listsAsDuplicateKeys && isList value then map (line key) value else [ (line key value) ];
    in
    set: concatStrings (concatLists (mapAttrsToList lines set));

  toINI =
    {
      mkSectionName ? lib.escape [ "[" "]" ],
      mkKeyValue ? mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
    }:
    sections:
    let
      section = name: set: "[${mkSectionName name}]\n${toKeyValue { inherit mkKeyValue listsAsDuplicateKeys; } set}";
    in
    concatStringsSep "\n" (mapAttrsToList section sections);

  toINIWithGlobalSection =
    {
      mkSectionName ? lib.escape [ "[" "]" ],
      mkKeyValue ? mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
    }:
    {
      globalSection,
      sections ? { },
    }:
    let
      global = toKeyValue { inherit mkKeyValue listsAsDuplicateKeys; } globalSection;
    in
    (if globalSection == { } then "" else "${global}\n")
    + toINI { inherit mkSectionName mkKeyValue listsAsDuplicateKeys; } sections;

  # Git quotes subsections and strings, and indents the keys.
  toGitINI =
    config:
    let
      sectionName =
        path:
        let
          name = builtins.head path;
          sub = concatStringsSep "." (builtins.tail path);
        in
        if sub == "" then name else ''${name} "${sub}"'';
      quoted =
        text:
        ''"${builtins.replaceStrings [ "\n" "\t" "\\" "\"" ] [ "\\n" "\\t" "\\\\" "\\\"" ] text}"'';
      showValue = value: if isString value then quoted value else mkValueStringDefault { } value;
      mkKeyValue = key: value: "\t${mkKeyValueDefault { mkValueString = showValue; } " = " key value}";
      # Each leaf with the section that its path of names but the last stands for.
      leaves =
        path: value:
        if isAttrs value && !lib.isDerivation value then
          concatMap (name: leaves (path ++ [ name ]) value.${name}) (attrNames value)
        else if builtins.length path > 1 then
          [
            {
              section = sectionName (lib.init path);
              key = lib.last path;
              inherit value;
            }
          ]
        else
          throw "generators.toGitINI: the value of '${concatStringsSep "." path}' belongs to no section";
      # Of the entries of a section, a set again.
      asSet =
        entries:
        builtins.listToAttrs (
          map (entry: {
            name = entry.key;
            inherit (entry) value;
          }) entries
        );
      sections = builtins.mapAttrs (_: asSet) (lib.groupBy (entry: entry.section) (leaves [ ] config));
    in
    toINI {
      inherit mkKeyValue;
      mkSectionName = lib.id;
      listsAsDuplicateKeys = true;
    } sections;

  toJSON = { }: builtins.toJSON;
  # JSON is YAML.
  toYAML = toJSON;

  inherit (import ./generators/pretty.nix { inherit lib; }) toPretty withRecursion;
  inherit (import ./generators/foreign.nix { inherit lib; })
    mkLuaInline
    toDhall
    toLua
    toPlist
    ;
}
