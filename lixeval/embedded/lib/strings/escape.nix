# Quoting for other languages: shells, regular expressions, C, URLs, XML and Nix itself.
{ lib }:
let
  inherit (builtins)
    concatStringsSep
    elem
    genList
    isAttrs
    isList
    listToAttrs
    map
    match
    replaceStrings
    stringLength
    substring
    toJSON
    ;

  # The printable characters of ASCII, from the space on, in the order of their codes.
  printable = " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";
  codes =
    listToAttrs (
      genList (n: {
        name = substring n 1 printable;
        value = 32 + n;
      }) (stringLength printable)
    )
    // {
      "\t" = 9;
      "\n" = 10;
      "\r" = 13;
    };
  hexCode = letter: lib.fixedWidthString 2 "0" (lib.toHexString (charToInt letter));
  keywords = [ "assert" "else" "if" "in" "inherit" "let" "or" "rec" "then" "with" ];

  charToInt = letter: codes.${letter};
  escape = list: replaceStrings list (map (x: "\\${x}") list);
  quoteXML = replaceStrings [ "&" "<" ">" "\"" "'" ] [ "&amp;" "&lt;" "&gt;" "&quot;" "&apos;" ];

  reserved = builtins.filter (letter: match "[A-Za-z0-9._~-]" letter == null) (builtins.attrNames codes);
in
rec {
  inherit charToInt escape;

  escapeC = list: replaceStrings list (map (letter: "\\x${lib.toLower (hexCode letter)}") list);
  # Bytes outside of ASCII are left alone.
  escapeURL = replaceStrings reserved (map (letter: "%${hexCode letter}") reserved);
  escapeXML = quoteXML;
  escapeRegex = escape (lib.stringToCharacters "\\[{()^$?*+|.");
  escapeNixString = text: escape [ "$" ] (toJSON text);
  escapeNixIdentifier =
    name:
    if match "[a-zA-Z_][a-zA-Z0-9_'-]*" name != null && !elem name keywords then
      name
    else
      escapeNixString name;

  escapeShellArg =
    value:
    let
      text = toString value;
    in
    if match "[[:alnum:],._+:@%/-]+" text != null then
      text
    else
      "'${replaceStrings [ "'" ] [ "'\\''" ] text}'";
  escapeShellArgs = lib.concatMapStringsSep " " escapeShellArg;
  isValidPosixName = name: match "[a-zA-Z_][a-zA-Z0-9_]*" name != null;
  toShellVar =
    name: value:
    let
      entry = key: item: "[${escapeShellArg key}]=${escapeShellArg item}";
    in
    lib.throwIfNot (isValidPosixName name) "toShellVar: ${name} is not a valid shell variable name" (
      if isAttrs value && !lib.isStringLike value then
        "declare -A ${name}=(${concatStringsSep " " (lib.mapAttrsToList entry value)})"
      else if isList value then
        "declare -a ${name}=(${escapeShellArgs value})"
      else
        "${name}=${escapeShellArg value}"
    );
  toShellVars = vars: concatStringsSep "\n" (lib.mapAttrsToList toShellVar vars);
}
