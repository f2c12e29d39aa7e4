# Looking at values on the way, and tests of expressions.
{ lib }:
let
  inherit (builtins)
    attrNames
    concatMap
    deepSeq
    isAttrs
    isList
    length
    map
    mapAttrs
    substring
    toJSON
    ;
  inherit (lib) id;

  # A copy of a value that shows no more than `depth` levels of it.
  truncated =
    depth: value:
    let
      show = lib.generators.toPretty { allowPrettyValues = true; };
      hidden = text: { __pretty = _: text; val = null; };
      inner =
        level: v:
        if isList v then
          (if level == 0 then (if v == [ ] then v else hidden "[…]") else map (inner (level - 1)) v)
        else if isAttrs v then
          (if level == 0 then (if v == { } then v else hidden "{…}") else mapAttrs (_: inner (level - 1)) v)
        else
          v;
    in
    show (inner depth value);
in
rec {
  inherit (builtins) addErrorContext trace unsafeGetAttrPos;

  traceIf = condition: message: value: if condition then trace message value else value;
  traceValFn = f: value: trace (f value) value;
  traceVal = traceValFn id;
  traceSeq = shown: value: trace (deepSeq shown shown) value;
  traceSeqN = depth: shown: value: trace (truncated depth shown) value;
  traceValSeqFn = f: value: traceValFn f (deepSeq value value);
  traceValSeq = traceValSeqFn id;
  traceValSeqNFn = f: depth: value: traceSeqN depth (f value) value;
  traceValSeqN = traceValSeqNFn id;
  traceFnSeqN =
    depth: fn: f: from:
    let
      to = f from;
    in
    traceSeqN depth { inherit fn from to; } to;

  # Only attributes named test... are tests; `tests` may select some of them.
  runTests =
    tests:
    let
      isTest =
        name:
        if tests ? tests then builtins.elem name tests.tests else substring 0 4 name == "test";
      failures =
        name:
        let
          test = tests.${name};
        in
        if test.expr == test.expected then
          [ ]
        else
          [
            {
              inherit name;
              inherit (test) expected;
              result = test.expr;
            }
          ];
    in
    concatMap failures (builtins.filter isTest (attrNames (removeAttrs tests [ "tests" ])));
  throwTestFailures =
    {
      failures,
      description ? "tests",
      ...
    }:
    let
      show = lib.generators.toPretty { allowPrettyValues = true; };
      line = failure: "FAIL ${failure.name}:\nExpected: ${show failure.expected}\nResult: ${show failure.result}";
      names = lib.concatMapStringsSep "\n" (failure: "- ${failure.name}") failures;
      traced = lib.foldr (failure: rest: trace (line failure) rest) null failures;
    in
    if failures == [ ] then
      null
    else
      throw (
        builtins.seq traced "${toString (length failures)} ${description} failed:\n${names}\n\n${toJSON failures}"
      );
  testAllTrue = expr: {
    inherit expr;
    expected = map (_: true) expr;
  };
}
