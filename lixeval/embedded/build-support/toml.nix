# A Nix value as TOML 1.0: plain keys first, then tables; sets inside lists are inline.
{ lib }:
let
  inherit (builtins) isAttrs isList isString match toJSON;

  key = name: if match "[A-Za-z0-9_-]+" name != null then name else toJSON name;
  path = names: lib.concatMapStringsSep "." key names;

  inline =
    value:
    if isAttrs value && !(value ? outPath) then
      "{ ${lib.concatStringsSep ", " (lib.mapAttrsToList (name: item: "${key name} = ${inline item}") (present value))} }"
    else if isList value then
      "[ ${lib.concatMapStringsSep ", " inline value} ]"
    else
      toJSON value;

  present = lib.filterAttrs (_: value: value != null);
  isTable = value: isAttrs value && !(value ? outPath);
  isTables = value: isList value && value != [ ] && builtins.all isTable value;

  table =
    names: value:
    let
      items = present value;
      plain = lib.filterAttrs (_: item: !(isTable item || isTables item)) items;
      tables = lib.filterAttrs (_: isTable) items;
      lists = lib.filterAttrs (_: isTables) items;
    in
    lib.concatStrings (
      lib.mapAttrsToList (name: item: "${key name} = ${inline item}\n") plain
      ++ lib.mapAttrsToList (
        name: item: "\n[${path (names ++ [ name ])}]\n${table (names ++ [ name ]) item}"
      ) tables
      ++ lib.concatLists (
        lib.mapAttrsToList (
          name: map (item: "\n[[${path (names ++ [ name ])}]]\n${table (names ++ [ name ]) item}")
        ) lists
      )
    );
in
value: lib.removePrefix "\n" (table [ ] value)
