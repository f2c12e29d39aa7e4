{ lib }:
let
  inherit (lib) strings;
  bomb = abort "forced";
  package = {
    type = "derivation";
    name = "hello-2.12.1";
    outPath = "/nix/store/ffffffffffffffffffffffffffffffff-hello-2.12.1";
    bin.outPath = "/b";
    dev.outPath = "/d";
    lib.outPath = "/l";
  };
  withContext = builtins.substring 0 0 (derivation { name = "x"; system = "s"; builder = "b"; }).outPath + "text";
  hasContext = map builtins.hasContext;
in
{
  "join-list" = lib.join ", " [ "foo" "bar" ];
  "concatStrings-list" = lib.concatStrings [ "foo" "bar" ];
  "concatStrings-empty" = lib.concatStrings [ ];
  "concatMapStrings-list" = lib.concatMapStrings (x: "a" + x) [ "foo" "bar" ];
  "concatImapStrings-index" = lib.concatImapStrings (pos: x: "${toString pos}-${x}") [ "foo" "bar" ];
  "concatStringsSep-list" = lib.concatStringsSep "/" [ "usr" "local" "bin" ];
  "concatMapStringsSep-list" = lib.concatMapStringsSep "-" lib.toUpper [ "foo" "bar" ];
  "concatImapStringsSep-index" = lib.concatImapStringsSep "-" (pos: x: toString (x / pos)) [ 6 6 6 ];
  "concatMapAttrsStringSep-order" = lib.concatMapAttrsStringSep "\n" (n: v: "${n}: ${v}") { b = "2"; a = "1"; };
  "concatLines-cases" = [ (lib.concatLines [ "foo" "bar" ]) (lib.concatLines [ ]) (lib.concatLines [ "" ]) ];
  "replicate-text" = [ (strings.replicate 3 "v") (strings.replicate 0 "v") ];
  "intersperse-cases" = [ (lib.intersperse "/" [ "usr" "local" "bin" ]) (lib.intersperse bomb [ 1 ]) (lib.intersperse 0 [ ]) ];
  "optionalString-both" = [ (lib.optionalString true "a") (lib.optionalString false bomb) ];
  "makeSearchPath-nulls" = lib.makeSearchPath "bin" [ "/opt" null "" ];
  "makeSearchPathOutput-dev" = lib.makeSearchPathOutput "dev" "bin" [ package "/x" ];
  "makeLibraryPath-mixed" = lib.makeLibraryPath [ "/usr" package ];
  "makeIncludePath-mixed" = lib.makeIncludePath [ "/usr" package ];
  "makeBinPath-mixed" = lib.makeBinPath [ "/opt" package { outPath = "/p"; } ];
  "makeBinPath-empty" = lib.makeBinPath [ ];
  "hasPrefix-cases" = [ (lib.hasPrefix "foo" "foobar") (lib.hasPrefix "foo" "barfoo") (lib.hasPrefix "" "") (lib.hasPrefix "long" "lo") ];
  "hasSuffix-cases" = [ (lib.hasSuffix "foo" "foobar") (lib.hasSuffix "foo" "barfoo") (lib.hasSuffix "" "x") (lib.hasSuffix "long" "ng") ];
  "hasInfix-cases" = [ (lib.hasInfix "bc" "abcd") (lib.hasInfix "ab" "abcd") (lib.hasInfix "x" "abcd") (lib.hasInfix "" "") (lib.hasInfix "." "abc") (lib.hasInfix "a\nb" "xa\nby") ];
  "removePrefix-cases" = [ (lib.removePrefix "foo." "foo.bar") (lib.removePrefix "xxx" "foo") (lib.removePrefix "foo" "foo") (lib.removePrefix "" "a") ];
  "removeSuffix-cases" = [ (lib.removeSuffix "front" "homefront") (lib.removeSuffix "xxx" "home") (lib.removeSuffix "home" "home") (lib.removeSuffix "" "a") ];
  "trim-cases" = map lib.trim [ "   hello, world!   " "" " \t\r\n" "a\nb\n" "\n a b" "x" ];
  "trimWith-start" = map (lib.trimWith { start = true; }) [ "  a b  " "" "  " "\n\ta\n" ];
  "trimWith-end" = map (lib.trimWith { end = true; }) [ "  a b  " "" "  " "\n\ta\n" ];
  "trimWith-neither" = lib.trimWith { } " a ";
  "splitString-cases" = [
    (lib.splitString "." "foo.bar.baz")
    (lib.splitString "/" "/usr/local/bin")
    (lib.splitString "." "")
    (lib.splitString "::" "a::b:c::")
    (lib.splitString "\\[{}]()^$?*+|." "A\\[{}]()^$?*+|.B")
    (lib.splitString "\n" "a\n\nb\n")
  ];
  "splitString-empty-separator" = lib.splitString "" "abc";
  "splitString-context" = hasContext (lib.splitString "e" withContext);
  "splitStringBy-cases" = [
    (lib.splitStringBy (prev: curr: builtins.elem curr [ "." "-" ]) false "foo.bar-baz")
    (lib.splitStringBy (prev: curr: builtins.match "[a-z]" prev != null && builtins.match "[A-Z]" curr != null) true "fooBarBaz")
    (lib.splitStringBy (prev: curr: curr == ".") false ".foo.bar.")
    (lib.splitStringBy (prev: curr: curr == ".") true ".foo.bar.")
    (lib.splitStringBy (prev: curr: true) true "ab")
    (lib.splitStringBy bomb true "")
  ];
  "stringToCharacters-bytes" = map lib.stringToCharacters [ "" "abc" ];
  "stringAsChars-map" = lib.stringAsChars (x: if x == "a" then "i" else x) "nax";
  "replaceString-all" = lib.replaceString "." "_" "v1.2.3";
  "replaceStrings-pairs" = lib.replaceStrings [ "a" "bb" "b" ] [ "x" "y" "z" ] "acabbb";
  "replaceChars-old-name" = (lib.replaceChars or lib.replaceStrings) [ "a" ] [ "b" ] "banana";
  "lowerChars-upperChars" = [ (lib.head lib.lowerChars) (lib.last lib.upperChars) (lib.length lib.lowerChars) ];
  "upperChars-count" = lib.length lib.upperChars;
  "toLower-ascii" = lib.toLower "HoMe É1";
  "toUpper-ascii" = lib.toUpper "hoMe é1";
  "toSentenceCase-cases" = map lib.toSentenceCase [ "hOME sWEET" "" "1a" ];
  "toSentenceCase-not-text" = lib.toSentenceCase 1;
  "toCamelCase-cases" = map lib.toCamelCase [ "hello-world" "hello_world" "hello world" "HelloWorld" "" "FOO" "fooBar" "foo-bar_baz" "FOOBar" "foo--bar" "foo1-bar" "a.b" ];
  "toCamelCase-not-text" = lib.toCamelCase 1;
  "addContextFrom-context" = hasContext [ (lib.addContextFrom withContext "x") (lib.addContextFrom "x" "y") ];
  "addContextFrom-text" = lib.addContextFrom withContext "x";

  "charToInt-cases" = map strings.charToInt [ "A" "(" " " "~" "\n" "\t" "\r" "0" ];
  "escape-some" = lib.escape [ "(" ")" ] "(foo)";
  "escapeC-cases" = [ (strings.escapeC [ " " ] "foo bar") (strings.escapeC [ "\n" "a" ] "a\nb") ];
  "escapeURL-cases" = map lib.escapeURL [ "foo/bar baz" "aé b~/\n" "a-b_c.d~e" "100%&=?#" ];
  "escapeXML-all" = lib.escapeXML ''"test" 'test' < & >'';
  "escapeRegex-all" = lib.escapeRegex "[^a-z]*(x){2}$.?+|\\";
  "escapeNixString-cases" = map strings.escapeNixString [ "hello\${}\n" "\"q\" \\ \t" "$" ];
  "escapeNixIdentifier-cases" = map strings.escapeNixIdentifier [ "hello" "0abc" "a-b" "a'" "" "if" "then" "inherit" "or" "true" "__curPos" "a.b" ];
  "escapeShellArg-cases" = map lib.escapeShellArg [ "esc'ape\nme" "" "a=b" "plain-1.2_+:@%/," "a b" 1 true null [ 1 2 ] "é" ];
  "escapeShellArgs-list" = lib.escapeShellArgs [ "one" "two three" "four'five" ];
  "isValidPosixName-cases" = map lib.isValidPosixName [ "foo_bar000" "0-bad.jpg" "" "_" "a-b" ];
  "toShellVar-cases" = [
    (lib.toShellVar "foo" "some string")
    (lib.toShellVar "foo" [ "a b" 1 "c" ])
    (lib.toShellVar "foo" { b = "c d"; a = "x"; })
    (lib.toShellVar "foo" package)
    (lib.toShellVar "foo" true)
  ];
  "toShellVar-bad-name" = lib.toShellVar "0a" "b";
  "toShellVars-lines" = lib.toShellVars { b = "x y"; a = [ "1" ]; };

  "toInt-cases" = map lib.toInt [ "1337" "-4" " 123 " "0" "-0" "9223372036854775807" ];
  "toInt-octal" = lib.toInt "00024";
  "toInt-float" = lib.toInt "3.14";
  "toInt-text" = lib.toInt "foo";
  "toInt-empty" = lib.toInt "";
  "toIntBase10-cases" = map lib.toIntBase10 [ "1337" "-4" " 123 " "00024" "0" "00" " 007" ];
  "toIntBase10-text" = lib.toIntBase10 "0x1";
  "toIntBase10-empty" = lib.toIntBase10 "";
  "fixedWidthString-cases" = [ (lib.fixedWidthString 5 "0" "15") (lib.fixedWidthString 5 "ab" "x") (lib.fixedWidthString 2 bomb "xx") ];
  "fixedWidthString-too-long" = lib.fixedWidthString 1 "ab" "xx";
  "fixedWidthString-uneven" = lib.fixedWidthString 4 "ab" "x";
  "fixedWidthNumber-number" = lib.fixedWidthNumber 5 15;
  "floatToString-cases" = map strings.floatToString [ 0.5 1 0.000001 ];
  "levenshtein-cases" = [ (strings.levenshtein "foo" "foo") (strings.levenshtein "book" "hook") (strings.levenshtein "hello" "Heyo") (strings.levenshtein "" "abc") (strings.levenshtein "sitting" "kitten") ];
  "levenshteinAtMost-cases" = [
    (strings.levenshteinAtMost 0 "foo" "foo")
    (strings.levenshteinAtMost 1 "foo" "boa")
    (strings.levenshteinAtMost 2 "foo" "boa")
    (strings.levenshteinAtMost 2 "This is a sentence" "this is a sentense.")
    (strings.levenshteinAtMost 3 "This is a sentence" "this is a sentense.")
    (strings.levenshteinAtMost 1 "" "ab")
    (strings.levenshteinAtMost 1 "abc" "ab")
    (strings.levenshteinAtMost 1 "ab" "ba")
    (strings.levenshteinAtMost 0 "a" "b")
  ];
  "commonPrefixLength-cases" = [ (strings.commonPrefixLength "abc" "abd") (strings.commonPrefixLength "" "a") (strings.commonPrefixLength "ab" "ab") ];
  "commonSuffixLength-cases" = [ (strings.commonSuffixLength "xbc" "ybc") (strings.commonSuffixLength "" "a") (strings.commonSuffixLength "ab" "ab") ];

  "versionOlder-cases" = [ (lib.versionOlder "1.1" "1.2") (lib.versionOlder "1.1" "1.1") (lib.versionOlder "1.10" "1.9") (lib.versionOlder "1.0pre" "1.0") ];
  "versionAtLeast-cases" = [ (lib.versionAtLeast "1.1" "1.0") (lib.versionAtLeast "1.1" "1.1") (lib.versionAtLeast "1.1" "1.2") ];
  "compareVersions-cases" = [ (lib.compareVersions "1.0" "1.1") (lib.compareVersions "2" "1") (lib.compareVersions "1" "1") ];
  "getName-cases" = map lib.getName [ "youtube-dl-2016.01.01" package { pname = "p"; name = "q-1"; } "nodash" ];
  "getVersion-cases" = map lib.getVersion [ "youtube-dl-2016.01.01" package { version = "9"; name = "q-1"; } "nodash" ];
  "parseDrvName-name" = lib.parseDrvName "hello-2.12.1-bin";
  "nameFromURL-cases" = [
    (lib.nameFromURL "https://nixos.org/releases/nix/nix-1.7/nix-1.7-x86_64-linux.tar.bz2" "-")
    (lib.nameFromURL "https://nixos.org/releases/nix/nix-1.7/nix-1.7-x86_64-linux.tar.bz2" "_")
  ];
  "nameFromURL-no-separator" = lib.nameFromURL "http://a/b" "-";
  "isStringLike-kinds" = map lib.isStringLike [ "a" ./. package { __toString = self: "x"; } 1 null { } [ ] (x: x) ];
  "isConvertibleWithToString-kinds" = map strings.isConvertibleWithToString [ "a" package 1 1.5 true null { } [ 1 [ "a" null ] ] [ { } ] (x: x) ];
  "isStorePath-cases" = map lib.isStorePath [
    "/nix/store/d945ibfx9x185xf04b890y4f9g3cbb63-python-2.7.11"
    "/nix/store/d945ibfx9x185xf04b890y4f9g3cbb63-python-2.7.11/bin/python"
    "/nix/store/d945ibfx9x185xf04b890y4f9g3cbb63-python/"
    "/nix/store"
    "/0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73"
    "relative"
    package
    [ ]
    42
    { }
  ];
  "sanitizeDerivationName-cases" = map strings.sanitizeDerivationName [ "" "..a" "a b" "é" "a//b" "." "-a" ".-." "--" "a--b" " a " "../hello.bar # foo" "ok-1.2+x?=y_z" ];
  "sanitizeDerivationName-long" = [ (strings.sanitizeDerivationName (strings.replicate 220 "a" + "z")) (strings.sanitizeDerivationName ("z" + strings.replicate 220 "a")) ];
  "sanitizeDerivationName-store-path" = strings.sanitizeDerivationName "/nix/store/2g75chlbpxlrqn15zlby2dfh8hr9qwbk-hello-2.10";
  "sanitizeDerivationName-context" = hasContext [ (strings.sanitizeDerivationName withContext) ];
  "normalizePath-slashes" = map strings.normalizePath [ "/a//b///c/" "a/b" "//" "" ];
  "fileContents-newline" = [ (lib.fileContents ./files/text) (lib.hasSuffix "\n" (lib.readFile ./files/text)) ];
  "readPathsFromFile-lines" = map toString ((lib.readPathsFromFile or (folder: file: [ "/folder/first" "/folder/second" ])) /folder ./files/text);

  "enableFeature-both" = [ (lib.enableFeature true "shared") (lib.enableFeature false "shared") ];
  "enableFeature-not-bool" = lib.enableFeature 1 "shared";
  "enableFeatureAs-both" = [ (lib.enableFeatureAs true "shared" "foo") (lib.enableFeatureAs false "shared" bomb) ];
  "withFeature-both" = [ (lib.withFeature true "shared") (lib.withFeature false "shared") ];
  "withFeatureAs-both" = [ (lib.withFeatureAs true "shared" "foo") (lib.withFeatureAs false "shared" bomb) ];
  "cmakeOptionType-kinds" = map (t: lib.cmakeOptionType t "ENGINE" "sdl2") [ "string" "bool" "filepath" "path" "internal" "list" ];
  "cmakeOptionType-unknown" = lib.cmakeOptionType "foo" "a" "b";
  "cmakeBool-both" = [ (lib.cmakeBool "STATIC" false) (lib.cmakeBool "STATIC" true) ];
  "cmakeBool-not-bool" = lib.cmakeBool "a" "b";
  "cmakeFeature-text" = lib.cmakeFeature "MODULES" "badblock";
  "mesonOption-text" = lib.mesonOption "engine" "opengl";
  "mesonOption-not-text" = lib.mesonOption "a" 1;
  "mesonBool-both" = [ (lib.mesonBool "hardened" true) (lib.mesonBool "static" false) ];
  "mesonEnable-both" = [ (lib.mesonEnable "docs" true) (lib.mesonEnable "savage" false) ];

  "match-groups" = lib.match "(a+)(b)?" "aa";
  "split-pieces" = lib.split "([ab])" "xay";
  "substring-end" = lib.substring 1 (-1) "abc";
  "stringLength-bytes" = lib.stringLength "é";
  "isString-kinds" = map lib.isString [ "a" 1 ./. ];
  "isPath-kinds" = map lib.isPath [ "a" 1 ./. ];
  "isInt-kinds" = map strings.isInt [ 1 1.0 "1" ];
  "typeOf-kinds" = map lib.typeOf [ 1 1.0 "" ./. null true [ ] { } (x: x) ];
  "storeDir-is-store" = strings.storeDir;
  "unsafeDiscardStringContext-context" = hasContext [ (lib.unsafeDiscardStringContext withContext) withContext ];
  "appendContext-context" = lib.getContext (lib.appendContext "other" (lib.getContext withContext));
  "hasContext-both" = map lib.hasContext [ withContext "x" ];
  "fromJSON-value" = lib.fromJSON ''{"a": [1, 2.5, null]}'';
  "fromTOML-value" = lib.fromTOML "a = 1";
  "toJSON-value" = lib.toJSON { a = [ 1 2.5 null ]; };
  "toXML-value" = lib.toXML [ 1 "a" ];
  "toString-values" = map lib.toString [ 1 true false null [ 1 [ 2 ] ] ];
  "hashString-sha256" = lib.hashString "sha256" "abc";
  "tryEval-throw" = lib.tryEval (throw "x");
  "placeholder-output" = lib.placeholder "out";
  "toFile-path" = lib.hasPrefix "/nix/store/" (lib.toFile "n" "text");
  "getContext-none" = lib.getContext "x";
  "convertHash-is-function" = lib.isFunction lib.convertHash;
}
