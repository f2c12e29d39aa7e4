# Operations on strings: joining, searching, cutting and changing case. Strings are bytes.
# Quoting is in strings/escape.nix, numbers as text in strings/numbers.nix, options for
# build tools in strings/flags.nix, names and paths of packages in strings/names.nix,
# and distances between strings in strings/distance.nix.
{ lib }:
let
  inherit (builtins)
    concatStringsSep
    elem
    elemAt
    filter
    genList
    head
    isPath
    isString
    map
    match
    replaceStrings
    split
    stringLength
    substring
    unsafeDiscardStringContext
    ;

  letters = text: genList (n: substring n 1 text) (stringLength text);

  # A path given as an affix would be copied to the store and never match.
  notPath =
    function: affix: value:
    lib.warnIf (isPath affix)
      "lib.strings.${function}: the first argument (${toString affix}) is a path, not a string; this is deprecated. `toString` makes it a string, lib.path has functions for paths."
      value;

  # Text such as toCamelCase's must be a string, not what can be made one.
  onlyString =
    function: text:
    lib.throwIfNot (isString text) "${function} does only accepts string values, but got ${builtins.typeOf text}";
in
rec {
  inherit (builtins)
    appendContext
    compareVersions
    concatStringsSep
    elem
    elemAt
    filter
    fromJSON
    genList
    head
    isAttrs
    isInt
    isList
    isPath
    isString
    match
    parseDrvName
    readFile
    replaceStrings
    split
    storeDir
    stringLength
    substring
    tail
    toJSON
    typeOf
    unsafeDiscardStringContext
    ;

  # --- joining -----------------------------------------------------------------------

  join = concatStringsSep;
  concatStrings = concatStringsSep "";
  concatMapStrings = f: list: concatStrings (map f list);
  concatImapStrings = f: list: concatStrings (lib.imap1 f list);
  concatMapStringsSep = sep: f: list: concatStringsSep sep (map f list);
  concatImapStringsSep = sep: f: list: concatStringsSep sep (lib.imap1 f list);
  concatMapAttrsStringSep = sep: f: set: concatStringsSep sep (lib.mapAttrsToList f set);
  concatLines = lines: if lines == [ ] then "" else concatStringsSep "\n" lines + "\n";
  replicate = n: text: concatStrings (lib.lists.replicate n text);
  intersperse =
    separator: list:
    lib.drop 1 (
      builtins.concatMap (x: [
        separator
        x
      ]) list
    );
  optionalString = condition: text: if condition then text else "";
  makeSearchPath =
    directory: paths: concatMapStringsSep ":" (path: path + "/" + directory) (filter (path: path != null) paths);
  makeSearchPathOutput =
    output: directory: packages:
    makeSearchPath directory (map (lib.getOutput output) packages);
  makeLibraryPath = makeSearchPathOutput "lib" "lib";
  makeIncludePath = makeSearchPathOutput "dev" "include";
  makeBinPath = makeSearchPathOutput "bin" "bin";

  # --- searching ---------------------------------------------------------------------

  hasPrefix =
    prefix: text: notPath "hasPrefix" prefix (substring 0 (stringLength prefix) text == prefix);
  hasSuffix =
    suffix: text:
    let
      start = stringLength text - stringLength suffix;
    in
    notPath "hasSuffix" suffix (start >= 0 && substring start (-1) text == suffix);
  # What is inside is what replacing it would change.
  hasInfix =
    infix: text:
    notPath "hasInfix" infix (infix == "" || replaceStrings [ infix ] [ "" ] "${text}" != "${text}");

  # --- cutting -----------------------------------------------------------------------

  removePrefix =
    prefix: text: if hasPrefix prefix text then substring (stringLength prefix) (-1) text else text;
  removeSuffix =
    suffix: text:
    if hasSuffix suffix text then substring 0 (stringLength text - stringLength suffix) text else text;
  trim = trimWith {
    start = true;
    end = true;
  };
  trimWith =
    {
      start ? false,
      end ? false,
    }:
    let
      blanks = "[ \t\r\n]*";
      regex = (if start then blanks else "") + (if end then "(.*[^ \t\r\n])?" + blanks else "(.*)");
    in
    text:
    let
      kept = head (match regex text);
    in
    if kept == null then "" else kept;
  splitString =
    separator: text:
    map (addContextFrom text) (
      filter isString (split (lib.escapeRegex (toString separator)) (toString text))
    );
  splitStringBy =
    test: keep: text:
    let
      cut =
        state: letter:
        if test state.previous letter then
          {
            done = state.done ++ [ state.piece ];
            piece = if keep then letter else "";
            previous = letter;
          }
        else
          {
            inherit (state) done;
            piece = state.piece + letter;
            previous = letter;
          };
      end = builtins.foldl' cut {
        done = [ ];
        piece = "";
        previous = "";
      } (letters text);
    in
    map (addContextFrom text) (end.done ++ [ end.piece ]);
  stringToCharacters = letters;
  stringAsChars = f: text: concatStrings (map f (letters text));

  # --- changing ----------------------------------------------------------------------

  replaceString = from: to: replaceStrings [ from ] [ to ];
  lowerChars = letters "abcdefghijklmnopqrstuvwxyz";
  upperChars = letters "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  toLower = replaceStrings upperChars lowerChars;
  toUpper = replaceStrings lowerChars upperChars;
  toSentenceCase =
    text:
    onlyString "toSentenceCase" text (toUpper (substring 0 1 text) + toLower (substring 1 (-1) text));
  toCamelCase =
    text:
    let
      # A separator, or the border between a lower-case and an upper-case letter.
      isSeparator = letter: elem letter [ "-" "_" " " ];
      bySeparator = splitStringBy (_: isSeparator) false text;
      byCase = splitStringBy (previous: letter: match "[a-z]" previous != null && match "[A-Z]" letter != null) true;
      words = filter (word: word != "") (builtins.concatMap byCase bySeparator);
      first = toLower (head words);
      others = map toSentenceCase (builtins.tail words);
    in
    onlyString "toCamelCase" text (
      addContextFrom text (if words == [ ] then "" else concatStrings ([ first ] ++ others))
    );
  addContextFrom = source: target: substring 0 0 source + target;

  inherit (import ./strings/escape.nix { inherit lib; })
    charToInt
    escape
    escapeC
    escapeNixIdentifier
    escapeNixString
    escapeRegex
    escapeShellArg
    escapeShellArgs
    escapeURL
    escapeXML
    isValidPosixName
    toShellVar
    toShellVars
    ;
  inherit (import ./strings/numbers.nix { inherit lib; })
    fixedWidthNumber
    fixedWidthString
    floatToString
    toInt
    toIntBase10
    ;
  inherit (import ./strings/flags.nix { inherit lib; })
    cmakeBool
    cmakeFeature
    cmakeOptionType
    enableFeature
    enableFeatureAs
    mesonBool
    mesonEnable
    mesonOption
    withFeature
    withFeatureAs
    ;
  inherit (import ./strings/names.nix { inherit lib; })
    fileContents
    getName
    getVersion
    isConvertibleWithToString
    isStorePath
    isStringLike
    nameFromURL
    normalizePath
    readPathsFromFile
    sanitizeDerivationName
    versionAtLeast
    versionOlder
    ;
  inherit (import ./strings/distance.nix { inherit lib; })
    commonPrefixLength
    commonSuffixLength
    levenshtein
    levenshteinAtMost
    ;
}
