# Names and versions of packages, names of derivations, and paths as text.
{ lib }:
let
  inherit (builtins)
    compareVersions
    concatStringsSep
    elem
    filter
    head
    isList
    isPath
    isString
    match
    parseDrvName
    readFile
    split
    storeDir
    stringLength
    substring
    typeOf
    unsafeDiscardStringContext
    ;
in
rec {
  versionOlder = v1: v2: compareVersions v1 v2 < 0;
  versionAtLeast = v1: v2: compareVersions v1 v2 >= 0;
  getName =
    package:
    if isString package then (parseDrvName package).name else package.pname or (parseDrvName package.name).name;
  getVersion =
    package:
    if isString package then
      (parseDrvName package).version
    else
      package.version or (parseDrvName package.name).version;
  nameFromURL =
    url: separator:
    let
      file = lib.last (lib.splitString "/" url);
      name = head (lib.splitString separator file);
    in
    assert name != file;
    name;

  isStringLike = value: isString value || isPath value || value ? outPath || value ? __toString;
  isConvertibleWithToString =
    value:
    isStringLike value
    || elem (typeOf value) [ "null" "int" "float" "bool" ]
    || isList value && builtins.all isConvertibleWithToString value;
  # Content-addressed outputs stand for themselves as a placeholder in the root folder.
  isStorePath =
    value:
    if isStringLike value then
      let
        path = toString value;
      in
      substring 0 1 path == "/" && (dirOf path == storeDir || match "/[0-9a-z]{52}" path != null)
    else
      false;

  # What a derivation's name may consist of; anything else becomes one "-" a run.
  sanitizeDerivationName =
    value:
    let
      text = unsafeDiscardStringContext (toString value);
      undotted = head (match "\\.*(.*)" text);
      clean = concatStringsSep "-" (filter isString (split "[^[:alnum:]+._?=-]+" undotted));
      # The end tells more than the beginning.
      short = substring (lib.max 0 (stringLength clean - 207)) (-1) clean;
    in
    if short == "" then "unknown" else short;

  fileContents = file: lib.removeSuffix "\n" (readFile file);
  # Lines of a file as paths below a folder, without comments and empty lines.
  readPathsFromFile =
    folder: file:
    let
      isPathLine = line: match "[[:space:]]*(#.*)?" line == null;
    in
    map (line: folder + "/${line}") (filter isPathLine (lib.splitString "\n" (readFile file)));
  normalizePath = path: concatStringsSep "/" (filter isString (split "/+" path));
}
