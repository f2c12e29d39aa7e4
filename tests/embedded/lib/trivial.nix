{ lib }:
let
  inherit (lib) trivial;
  bomb = abort "forced";
  formals = { a, b ? 1 }: a;
in
{
  "id-value" = lib.id 5;
  "const-ignores-second" = lib.const 1 bomb;
  "flip-subtraction" = lib.flip builtins.sub 1 10;
  "pipe-steps" = lib.pipe 2 [ (x: x + 2) (x: x * 2) toString ];
  "pipe-nothing" = lib.pipe [ 1 ] [ ];
  "pipe-lazy" = lib.pipe bomb [ (x: 1) ];
  "concat-lists" = lib.concat [ 1 2 ] [ 3 ];
  "mergeAttrs-right-wins" = lib.mergeAttrs { a = 1; b = 2; } { b = 3; c = 4; };
  "defaultTo-null" = lib.defaultTo 1 null;
  "defaultTo-false" = lib.defaultTo bomb false;
  "mapNullable-null" = lib.mapNullable bomb null;
  "mapNullable-value" = lib.mapNullable (x: x + 1) 22;
  "or-short" = lib."or" true bomb;
  "or-both" = map (x: map (lib."or" x) [ true false ]) [ true false ];
  "and-short" = lib.and false bomb;
  "and-both" = map (x: map (lib.and x) [ true false ]) [ true false ];
  "xor-table" = map (x: map (lib.xor x) [ true false ]) [ true false ];
  "bitAnd-numbers" = lib.bitAnd 12 10;
  "bitOr-numbers" = lib.bitOr 12 10;
  "bitXor-numbers" = lib.bitXor 12 10;
  "bitNot-numbers" = map lib.bitNot [ 0 5 (-1) ];
  "boolToString-both" = map lib.boolToString [ true false ];
  "boolToYesNo-both" = map lib.boolToYesNo [ true false ];
  "add-numbers" = lib.add 1 2.5;
  "sub-numbers" = lib.sub 1 2;
  "mul-numbers" = lib.mul 3 4;
  "div-truncates" = lib.div (-7) 2;
  "lessThan-strings" = lib.lessThan "a" "b";
  "ceil-floor" = [ (lib.ceil 1.2) (lib.floor (-1.2)) ];
  "floor-int" = lib.floor 3;
  "min-mixed" = [ (lib.min 1 2) (lib.min 2.5 1) (lib.min "b" "a") (lib.min 1 1.0) (lib.min 1.0 1) ];
  "max-mixed" = [ (lib.max 1 2) (lib.max 2.5 1) (lib.max "b" "a") (lib.max 1 1.0) (lib.max 1.0 1) ];
  "mod-signs" = [ (lib.mod 11 10) (lib.mod 1 10) (lib.mod (-7) 3) (lib.mod 7 (-3)) ];
  "compare-three" = [ (lib.compare 1 2) (lib.compare 2 2) (lib.compare 3 2) (lib.compare "a" "b") ];
  "splitByAndCompare-example" =
    let
      cmp = lib.splitByAndCompare (lib.hasPrefix "foo") lib.compare lib.compare;
    in
    [ (cmp "a" "z") (cmp "fooa" "fooz") (cmp "f" "a") (cmp "fooa" "a") (cmp "a" "fooa") ];
  "isBool-isInt-isFloat" = map (x: [ (lib.isBool x) (lib.isInt x) (lib.isFloat x) ]) [ true 1 1.0 "1" null ];
  "isInt-string" = lib.isInt "1";
  "isFloat-float" = lib.isFloat 1.5;
  "seq-forces" = builtins.tryEval (lib.seq (throw "x") 1);
  "seq-shallow" = lib.seq [ bomb ] 1;
  "deepSeq-forces" = builtins.tryEval (lib.deepSeq [ (throw "x") ] 1);
  "genericClosure-numbers" = map (x: x.key) (
    lib.genericClosure {
      startSet = [ { key = 5; } ];
      operator = x: if x.key < 2 then [ ] else [ { key = x.key / 2; } ];
    }
  );
  "pathExists-both" = [ (lib.pathExists ./files/data.json) (lib.pathExists ./files/absent) ];
  "readFile-text" = lib.readFile ./files/text;
  "importJSON-file" = lib.importJSON ./files/data.json;
  "importTOML-file" = lib.importTOML ./files/data.toml;
  "oldestSupportedReleaseIsAtLeast-past" = lib.oldestSupportedReleaseIsAtLeast 2111;
  "isInOldestRelease-past" = lib.isInOldestRelease 2111;
  "isInOldestRelease-future" = lib.isInOldestRelease 9911;
  "revisionWithDefault-type" = lib.isString (trivial.revisionWithDefault "none");
  "version-is-release-and-suffix" = lib.version == trivial.release + trivial.versionSuffix;
  "nixpkgsVersion-is-version" = lib.nixpkgsVersion == lib.version;
  "release-form" = builtins.match "[0-9][0-9]\\.(05|11)" trivial.release != null;
  "versionSuffix-string" = lib.isString trivial.versionSuffix;
  "codeName-string" = lib.isString trivial.codeName;
  "oldestSupportedRelease-number" = lib.isInt trivial.oldestSupportedRelease;
  "inNixShell-bool" = lib.isBool lib.inNixShell;
  "inPureEvalMode-impure" = lib.inPureEvalMode;
  "warn-returns-value" = lib.warn "message" 1;
  "warnIf-false" = lib.warnIf false bomb 1;
  "warnIf-true" = lib.warnIf true "message" 1;
  "warnIfNot-true" = lib.warnIfNot true bomb 1;
  "warnIfNot-false" = lib.warnIfNot false "message" 1;
  "throwIf-true" = lib.throwIf true "no" bomb;
  "throwIf-false" = lib.throwIf false bomb 1;
  "throwIf-chain" = (lib.throwIf false "a") (lib.throwIf false "b") 3;
  "throwIfNot-false" = lib.throwIfNot false "no" bomb;
  "throwIfNot-true" = lib.throwIfNot true bomb 1;
  "info-returns-value" = lib.info "message" 1;
  "showWarnings-none" = lib.showWarnings [ ] 1;
  "showWarnings-some" = lib.showWarnings [ "a" "b" ] 1;
  "checkListOfEnum-good" = lib.checkListOfEnum "colours" [ "red" "green" ] [ "red" ] 1;
  "checkListOfEnum-bad" = lib.checkListOfEnum "colours" [ "red" "green" ] [ "blue" ] 1;
  "setFunctionArgs-call" = lib.setFunctionArgs (x: x.a) { a = false; } { a = 7; };
  "setFunctionArgs-formals" = lib.functionArgs (lib.setFunctionArgs bomb { a = false; });
  "functionArgs-plain" = lib.functionArgs formals;
  "functionArgs-functor" = lib.functionArgs { __functor = self: { x, y ? 1 }: x; };
  "functionArgs-lambda" = lib.functionArgs (x: x);
  "isFunction-kinds" = map lib.isFunction [ (x: x) builtins.add { __functor = self: x: x; } { } 1 { __functor = self: 1; } ];
  "mirrorFunctionArgs-formals" = lib.functionArgs (lib.mirrorFunctionArgs formals (x: x.a + 1));
  "mirrorFunctionArgs-call" = lib.mirrorFunctionArgs formals (x: x.a + 1) { a = 2; };
  "toFunction-value" = lib.toFunction 1 bomb;
  "toFunction-function" = lib.toFunction (x: x + 1) 2;
  "toFunction-functor" = lib.toFunction { __functor = self: x: x + 1; } 2;
  "fromHexString-forms" = map lib.fromHexString [ "FF" "0x7fffffffffffffff" "00ff" "eEe" "0xf" ];
  "toHexString-numbers" = map lib.toHexString [ 0 15 16 250 65535 9223372036854775807 ];
  "toHexString-negative" = lib.toHexString (-1);
  "toBaseDigits-bases" = [ (lib.toBaseDigits 10 123) (lib.toBaseDigits 2 6) (lib.toBaseDigits 16 250) (lib.toBaseDigits 2 0) ];
  "toBaseDigits-bad-base" = lib.toBaseDigits 1 5;
  "toBaseDigits-negative" = lib.toBaseDigits 10 (-5);
}
