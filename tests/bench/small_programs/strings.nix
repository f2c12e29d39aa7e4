# strings split, joined, looked through, replaced
{ n, lib }:
let
  inherit (builtins) compareVersions concatMap concatStringsSep elemAt filter foldl' genList hashString isList length map match parseDrvName replaceStrings sort split splitVersion stringLength substring;
  mod = a: b: a - b * (a / b);
  numbers = genList (i: i) n;
  words = map (i: "word-${toString (mod (i * 7919) 10007)}") numbers;
  line = concatStringsSep "," words;
  text = concatStringsSep "\n" (map (i: "key${toString i} = value ${toString (i * 3)} # comment") numbers);
in
{
  joined = stringLength (concatStringsSep ", " (map (w: "\"${w}\"") words));
  interpolated = foldl' (sum: i: sum + stringLength "${toString i}: ${toString (i + 1)} and ${if mod i 2 == 0 then "even" else "odd"}") 0 numbers;
  split-string = length (lib.splitString "," line);
  split-lines = foldl' (sum: l: sum + length (lib.splitString " " l)) 0 (lib.splitString "\n" text);
  characters = length (filter (c: c == "w") (lib.stringToCharacters line));
  substrings =
    let count = w: i: found: if i >= stringLength w then found else count w (i + 1) (if substring i 1 w == "1" then found + 1 else found);
    in foldl' (sum: w: sum + count w 0 0) 0 words;
  prefixes = length (filter (w: lib.hasPrefix "word-1" w && !lib.hasSuffix "9" w) words);
  infixes = length (filter (w: lib.hasInfix "-7" w) words);
  removed-prefix = concatStringsSep "" (map (w: lib.removeSuffix "0" (lib.removePrefix "word-" w)) words);
  replaced = stringLength (replaceStrings [ "," "word" "1" ] [ ";" "w" "one" ] line) + stringLength (concatStringsSep "" (map (replaceStrings [ "-" ] [ "_" ]) words));
  upper = stringLength (lib.toUpper text) + length (filter (w: lib.toUpper w == w) words);
  capitalised = concatStringsSep " " (map (w: lib.toUpper (substring 0 1 w) + substring 1 (-1) w) words);
  matched = length (filter (w: match "word-([0-9]+)5" w != null) words);
  key-values =
    let parse = l: match "([a-z0-9]+) = value ([0-9]+) #.*" l;
    in foldl' (sum: m: sum + lib.toInt (elemAt m 1)) 0 (map parse (lib.splitString "\n" text));
  split-regex = length (filter isList (split "([0-9]+) # c" text));
  escaped = stringLength (lib.escapeShellArgs words) + stringLength (concatStringsSep "" (map (lib.escape [ "-" "w" ]) words));
  padded = concatStringsSep "" (map (i: lib.fixedWidthString 8 "0" (toString i)) numbers);
  versions = sort (a: b: compareVersions a b < 0) (map (i: "${toString (mod i 7)}.${toString (mod i 31)}.${toString i}pre") numbers);
  version-tests = length (filter (v: lib.versionAtLeast v "3.10" && lib.versionOlder v "5") (map (i: "${toString (mod i 7)}.${toString (mod i 31)}") numbers));
  version-parts = foldl' (sum: v: sum + length (splitVersion v)) 0 (map (i: "${toString i}.${toString (i + 1)}-rc${toString i}") numbers);
  names = concatStringsSep "," (map (w: let p = parseDrvName "${w}-1.2.3"; in "${p.name}:${lib.getVersion "${w}-1.2"}") words);
  hashed = substring 0 8 (concatStringsSep "" (map (w: hashString "sha256" w) words));
  hash-chain = foldl' (state: i: hashString "md5" (state + toString i)) "" numbers;
  folded = stringLength (foldl' (acc: w: acc + " " + w) "" words);
  indented = stringLength (concatStringsSep "\n" (map (w: ''
    server {
      name ${w};
      root "/var/www/${w}";
    }
  '') words));
  trimmed = length (filter (w: w != "") (map lib.trim (lib.splitString "#" text)));
  concat-map = stringLength (lib.concatMapStringsSep "\n" (w: "export ${w}=1") words) + stringLength (lib.concatImapStrings (i: w: "${toString i}${w}") words);
  to-int = foldl' (sum: w: sum + lib.toInt w) 0 (map toString numbers);
  hex = concatStringsSep "" (map lib.toHexString numbers);
  levenshtein = foldl' (sum: w: sum + lib.strings.levenshtein w "word-1234") 0 (lib.take (n / 100) words);
  common-prefix = foldl' (sum: w: sum + lib.strings.commonPrefixLength w "word-99") 0 words;
  sanitized = map lib.strings.sanitizeDerivationName words;
  ordered = sort (a: b: a < b) words;
  paths = foldl' (sum: w: sum + stringLength (baseNameOf "/a/b/${w}.nix") + stringLength (dirOf "/a/${w}/c")) 0 words;
  path-values = foldl' (sum: w: sum + stringLength (toString (/srv + "/${w}/./x")) + stringLength (baseNameOf (/srv/a + "/${w}"))) 0 words;
  as-is = map (w: "<${w}>") words;
}
