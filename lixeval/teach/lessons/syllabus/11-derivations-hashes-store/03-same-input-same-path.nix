# title: The same description, the same path
# kind: predict
# read: The output path is computed from all that the derivation says, and from nothing else.
# ask: What is the value?
# answer: [ true false ]
# hint: What differs between b and c?
let
  make = extra: derivation ({ name = "x"; system = "x86_64-linux"; builder = "/bin/sh"; } // extra);
  a = make { args = [ "-c" "echo" ]; };
  b = make { args = [ "-c" "echo" ]; };
  c = make { args = [ "-c" "echo " ]; };
in
[ (a.outPath == b.outPath) (b.outPath == c.outPath) ]
