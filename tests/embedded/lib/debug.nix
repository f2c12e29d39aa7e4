{ lib }:
let
  inherit (lib) debug;
  bomb = abort "forced";
  cyclic = lib.fix (self: { inherit self; a = [ self ]; });
in
{
  "trace-value" = lib.trace "x" 1;
  "traceIf-false" = lib.traceIf false bomb 1;
  "traceIf-true" = lib.traceIf true "x" 1;
  "traceValFn-value" = lib.traceValFn (v: "mystring ${v}") "foo";
  "traceVal-value" = lib.traceVal 42;
  "traceSeq-value" = lib.traceSeq { a.b.c = 3; } 1;
  "traceSeq-forces" = builtins.tryEval (lib.traceSeq [ (throw "x") ] 1);
  "traceSeqN-cyclic" = lib.traceSeqN 2 cyclic 1;
  "traceValSeqFn-value" = lib.traceValSeqFn (v: v // { d = "foo"; }) { a.b.c = 3; };
  "traceValSeq-value" = lib.traceValSeq { a.b = 3; };
  "traceValSeqNFn-value" = lib.traceValSeqNFn (v: v // { d = "foo"; }) 2 { a.b.c = 3; };
  "traceValSeqN-value" = lib.traceValSeqN 2 { a.b.c = 3; };
  "traceFnSeqN-value" = lib.traceFnSeqN 2 "id" (x: x) { a.b.c = 3; };
  "addErrorContext-value" = lib.addErrorContext "while" 1;
  "unsafeGetAttrPos-absent" = lib.unsafeGetAttrPos "b" { a = 1; };
  "runTests-fail" = lib.runTests { testAndFail = { expr = lib.and true false; expected = true; }; testAndOk = { expr = 1; expected = 1; }; other = bomb; };
  "runTests-pass" = lib.runTests { testA = { expr = 1; expected = 1; }; };
  "runTests-some" = lib.runTests { tests = [ "b" ]; testA = bomb; b = { expr = 1; expected = 2; }; };
  "throwTestFailures-none" = debug.throwTestFailures { failures = [ ]; };
  "throwTestFailures-some" = debug.throwTestFailures { failures = [ { name = "n"; expected = 1; result = 2; } ]; };
  "testAllTrue-test" = lib.testAllTrue [ true false ];
}
