# Small combinators: functions about functions, numbers, booleans, warnings and
# the metadata of functions. Everything else in the library may lean on these.
{ lib }:
let
  inherit (builtins) concatStringsSep elem filter fromJSON fromTOML getEnv isInt readFile trace;

  # Before 2.23 Nix had no `warn`; its message and its switch are imitated with `trace`.
  abortOnWarn = elem (getEnv "NIX_ABORT_ON_WARN") [ "1" "true" "yes" ];
  tracedWarning =
    message: value:
    let
      traced = trace "evaluation warning: ${message}" value;
    in
    if abortOnWarn then
      trace "evaluation warning: ${message}" (abort "NIX_ABORT_ON_WARN=true; warnings are treated as unrecoverable errors.")
    else
      traced;

  hexDigits = [ "0" "1" "2" "3" "4" "5" "6" "7" "8" "9" "A" "B" "C" "D" "E" "F" ];
in
rec {
  inherit (builtins)
    add
    bitAnd
    bitOr
    bitXor
    ceil
    deepSeq
    div
    floor
    genericClosure
    isBool
    isFloat
    isInt
    lessThan
    mul
    pathExists
    readFile
    seq
    sub
    ;

  id = x: x;
  const = x: _: x;
  flip = f: a: b: f b a;
  pipe = value: functions: builtins.foldl' (current: step: step current) value functions;
  concat = xs: ys: xs ++ ys;
  mergeAttrs = left: right: left // right;
  defaultTo = fallback: value: if value == null then fallback else value;
  mapNullable = f: value: if value == null then null else f value;

  "or" = a: b: a || b;
  and = a: b: a && b;
  # Negating both sides refuses what is not a boolean.
  xor = a: b: !a != !b;
  bitNot = n: -1 - n;
  boolToString = b: if b then "true" else "false";
  boolToYesNo = b: if b then "yes" else "no";

  min = a: b: if a < b then a else b;
  max = a: b: if a > b then a else b;
  # The sign follows the dividend, as division truncates.
  mod = n: divisor: n - divisor * (n / divisor);
  compare =
    a: b:
    if a < b then
      -1
    else if a > b then
      1
    else
      0;
  splitByAndCompare =
    isLow: compareLow: compareHigh: a: b:
    if isLow a then
      (if isLow b then compareLow a b else -1)
    else if isLow b then
      1
    else
      compareHigh a b;

  importJSON = file: fromJSON (readFile file);
  importTOML = file: fromTOML (readFile file);

  # Which release of the package collection this library follows in names and behaviour.
  release = "25.11";
  versionSuffix = "pre-lixeval";
  version = release + versionSuffix;
  nixpkgsVersion = version;
  codeName = "Xantusia";
  oldestSupportedRelease = 2505;
  oldestSupportedReleaseIsAtLeast = wanted: wanted <= oldestSupportedRelease;
  isInOldestRelease = oldestSupportedReleaseIsAtLeast;
  revisionWithDefault = fallback: fallback;
  inNixShell = getEnv "IN_NIX_SHELL" != "";
  inPureEvalMode = !(builtins ? currentSystem);

  warn = builtins.warn or tracedWarning;
  warnIf = condition: message: if condition then warn message else id;
  warnIfNot = condition: message: if condition then id else warn message;
  throwIf = condition: message: if condition then throw message else id;
  throwIfNot = condition: message: if condition then id else throw message;
  info = message: trace "INFO: ${message}";
  showWarnings = warnings: value: lib.foldr warn value warnings;
  checkListOfEnum =
    what: valid: given:
    let
      unexpected = filter (value: !elem value valid) given;
      show = concatStringsSep ", ";
    in
    throwIfNot (unexpected == [ ]) "${what}: ${show unexpected} unexpected; valid ones: ${show valid}";

  # A callable set stands for a function whose formals cannot be written down.
  setFunctionArgs = f: formals: {
    __functor = self: f;
    __functionArgs = formals;
  };
  functionArgs =
    f:
    if f ? __functor then f.__functionArgs or (functionArgs (f.__functor f)) else builtins.functionArgs f;
  isFunction = f: builtins.isFunction f || f ? __functor && isFunction (f.__functor f);
  mirrorFunctionArgs =
    original:
    let
      formals = functionArgs original;
    in
    f: setFunctionArgs f formals;
  toFunction = value: if isFunction value then value else _: value;

  fromHexString =
    text:
    let
      digits = builtins.match "(0x)?([0-9a-fA-F]+)" text;
    in
    if digits == null then
      throw "'${text}' is not a hexadecimal number."
    else
      (fromTOML "n = 0x${builtins.elemAt digits 1}").n;
  toHexString = n: concatStringsSep "" (map (builtins.elemAt hexDigits) (toBaseDigits 16 n));
  toBaseDigits =
    base: n:
    let
      # Most significant digit first.
      digits = rest: if rest < base then [ rest ] else digits (rest / base) ++ [ (mod rest base) ];
    in
    assert isInt base && base >= 2;
    assert isInt n && n >= 0;
    digits n;
}
