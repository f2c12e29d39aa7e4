# Types of values that consist of no others: numbers, strings, paths, packages.
{ lib }:
let
  inherit (builtins)
    all
    head
    isAttrs
    isBool
    isFloat
    isInt
    isString
    length
    match
    substring
    typeOf
    ;
  inherit (lib)
    isStringLike
    mergeEqualOption
    mergeOneOption
    showOption
    ;
  inherit (lib.options) getValues;
  inherit (import ./make.nix { inherit lib; })
    addCheck
    defaultFunctor
    mkOptionType
    ;
  noun =
    name: description: settings:
    mkOptionType (
      {
        inherit name description;
        descriptionClass = "noun";
        merge = mergeEqualOption;
      }
      // settings
    );

  # Sets go together attribute by attribute, functions by their results, all else has to be equal.
  anything = noun "anything" "anything" {
    merge =
      loc: defs:
      let
        values = getValues defs;
        kind = value: if isStringLike value && isAttrs value then "text" else typeOf value;
        first = kind (head values);
      in
      if !all (value: kind value == first) values then
        throw "The option `${showOption loc}' has conflicting option types in ${lib.showFiles (lib.options.getFiles defs)}"
      else if first == "set" then
        (lib.types.attrsOf anything).merge loc defs
      else if first == "lambda" && length defs > 1 then
        x: anything.merge (loc ++ [ "<function body>" ]) (map (def: def // { value = def.value x; }) defs)
      else
        mergeEqualOption loc defs;
  };

  inBounds = lowest: highest: n: lowest <= n && n <= highest;
  bounds = lowest: highest: "between ${toString lowest} and ${toString highest} (both inclusive)";
  int = noun "int" "signed integer" { check = isInt; };
  between =
    lowest: highest:
    if lowest > highest then
      throw "ints.between: lowest must be smaller than highest"
    else
      addCheck int (inBounds lowest highest)
      // {
        name = "intBetween";
        description = "integer ${bounds lowest highest}";
      };
  sized =
    name: bits: lowest: highest:
    between lowest highest
    // {
      inherit name;
      description = "${toString bits} bit ${if lowest < 0 then "signed" else "unsigned"} integer; ${bounds lowest highest}";
    };
  unsignedOf = bits: highest: sized "unsignedInt${toString bits}" bits 0 highest;
  signedOf = bits: lowest: highest: sized "signedInt${toString bits}" bits lowest highest;
  clause = type: check: name: description:
    addCheck type check
    // {
      inherit name description;
      descriptionClass = "nonRestrictiveClause";
    };

  str = noun "str" "string" { check = isString; };
  matching = pattern: value: isString value && match pattern value != null;
  separatedString =
    separator:
    noun "separatedString"
      (if separator == "" then "Concatenated string" else "strings concatenated with ${builtins.toJSON separator}")
      {
        check = isString;
        merge = _: defs: builtins.concatStringsSep separator (getValues defs);
        functor = defaultFunctor "separatedString" // {
          payload.sep = separator;
          type = payload: separatedString payload.sep;
          binOp = a: b: if a.sep == b.sep then { inherit (a) sep; } else null;
        };
      };

  pathWith =
    {
      inStore ? null,
      absolute ? null,
    }:
    let
      storePrefix = "${builtins.storeDir}/";
      isInStore = text: lib.hasPrefix storePrefix text && !lib.hasPrefix "." (lib.removePrefix storePrefix text) && text != storePrefix;
      adjective = if absolute == null then "" else if absolute then "absolute " else "relative ";
      place = if inStore == null then "" else if inStore then " in the Nix store" else " not in the Nix store";
    in
    if inStore == true && absolute == false then
      throw "In pathWith, inStore means the path must be absolute"
    else
      noun "path" "${if inStore == true then "" else adjective}path${place}" {
      check =
        value:
        isStringLike value
        # A path of Nix's own is not in the store yet, and will be where it is used.
        && (
          let
            text = builtins.unsafeDiscardStringContext (toString value);
          in
          (inStore == null || inStore == isInStore text && (inStore || isString value) && !builtins.isPath value)
          && (absolute == null || absolute == (substring 0 1 text == "/"))
        );
      functor = defaultFunctor "path" // {
        type = pathWith;
        payload = { inherit inStore absolute; };
        binOp = a: b: if a == b then a else null;
      };
    };
  package = noun "package" "package" {
    check = value: lib.isDerivation value || lib.isStorePath value;
    merge =
      loc: defs:
      let
        value = mergeOneOption loc defs;
      in
      if builtins.isPath value || isString value && !builtins.hasContext value then lib.toDerivation value else value;
  };
in
rec {
  raw = noun "raw" "raw value" { merge = mergeOneOption; };
  unspecified = noun "unspecified" "unspecified value" { merge = lib.options.mergeDefaultOption; };
  inherit
    anything
    int
    str
    separatedString
    pathWith
    package
    ;

  bool = noun "bool" "boolean" { check = isBool; };
  boolByOr = noun "boolByOr" "boolean (merged using or)" {
    check = isBool;
    merge = _: defs: builtins.any lib.id (getValues defs);
  };

  ints = {
    inherit between;
    unsigned = clause int (n: n >= 0) "unsignedInt" "unsigned integer, meaning >=0";
    positive = clause int (n: n > 0) "positiveInt" "positive integer, meaning >0";
    u8 = unsignedOf 8 255;
    u16 = unsignedOf 16 65535;
    u32 = unsignedOf 32 4294967295;
    s8 = signedOf 8 (-128) 127;
    s16 = signedOf 16 (-32768) 32767;
    s32 = signedOf 32 (-2147483648) 2147483647;
  };
  port = ints.u16;
  float = noun "float" "floating point number" { check = isFloat; };
  number = lib.types.either int float;
  numbers = {
    between =
      lowest: highest:
      if lowest > highest then
        throw "numbers.between: lowest must be smaller than highest"
      else
        addCheck number (inBounds lowest highest)
        // {
          name = "numberBetween";
          description = "integer or floating point number ${bounds lowest highest}";
        };
    nonnegative = clause number (n: n >= 0) "numberNonnegative" "nonnegative integer or floating point number, meaning >=0";
    positive = clause number (n: n > 0) "numberPositive" "positive integer or floating point number, meaning >0";
  };

  nonEmptyStr = noun "nonEmptyStr" "non-empty string" {
    check = value: isString value && match "[ \t\n]*" value == null;
  };
  singleLineStr = noun "singleLineStr" "(optionally newline-terminated) single-line string" {
    check = matching "[^\n\r]*\n?";
    merge = loc: defs: lib.removeSuffix "\n" (mergeEqualOption loc defs);
  };
  strMatching =
    pattern:
    noun "strMatching ${lib.strings.escapeNixString pattern}" "string matching the pattern ${pattern}" {
      check = matching pattern;
      functor = defaultFunctor "strMatching" // {
        type = payload: strMatching payload.pattern;
        payload = { inherit pattern; };
        binOp = a: b: if a == b then a else null;
      };
    };
  passwdEntry =
    type:
    lib.types.addCheck type (value: !(lib.hasInfix ":" value || lib.hasInfix "\n" value))
    // {
      name = "passwdEntry ${type.name}";
      description = "${lib.types.optionDescriptionPhrase (kind: kind == "noun") type}, not containing newlines or colons";
      descriptionClass = "nonRestrictiveClause";
    };
  lines = separatedString "\n";
  commas = separatedString ",";
  envVar = separatedString ":";

  attrs = mkOptionType {
    name = "attrs";
    description = "attribute set";
    check = isAttrs;
    merge = _: defs: builtins.foldl' (merged: def: merged // def.value) { } defs;
    emptyValue.value = { };
  };
  shellPackage = package // {
    check = value: lib.isDerivation value && value ? shellPath;
  };
  pkgs = lib.types.uniq attrs // {
    name = "pkgs";
    descriptionClass = "noun";
    description = "Nixpkgs package set";
    check = value: value._type or null == "pkgs";
  };
  path = pathWith { absolute = true; };
  pathInStore = pathWith { inStore = true; };
  externalPath = pathWith {
    absolute = true;
    inStore = false;
  };
  fileset = noun "fileset" "fileset" {
    check = lib.fileset.isFileset;
    merge = _: defs: lib.fileset.unions (getValues defs);
    emptyValue.value = lib.fileset.empty;
  };
  luaInline = noun "luaInline" "inline lua" {
    check = value: value._type or null == "lua-inline";
  };
  optionDeclaration = noun "optionDeclaration" "option declaration" {
    # An option that was evaluated has more than a declaration.
    check = value: lib.isOption value && !(value ? value || value ? definitions);
    merge = mergeOneOption;
  };
  optionType = noun "optionType" "optionType" {
    check = value: value._type or null == "option-type";
    merge =
      loc: located:
      let
        # Submodules are told where they were defined.
        locate =
          def:
          if def.value.getSubModules == null then
            def
          else
            def
            // {
              value = def.value.substSubModules (map (lib.setDefaultModuleLocation def.file) def.value.getSubModules);
            };
        defs = map locate located;
      in
      if length located == 1 then
        (head located).value
      else
        let
          merge =
            merged: def:
            let
              both = merged.typeMerge def.value.functor;
            in
            if both == null then throw "The option types of `${showOption loc}' cannot be merged." else both;
        in
        builtins.foldl' merge (head defs).value (builtins.tail defs);
  };
}
