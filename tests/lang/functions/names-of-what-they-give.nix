# A function with a name gives its name to the functions that it gives.
let
  formals = { a ? 1, ... }: b: c: formals;
  long = a: b: c: d: e: f: a;
  sets = { }: { }: { }: 1;
  within = a: let x = 1; in b: c: 1;
  all = [ (formals { }) (formals { } 1) (long 1) (long 1 2 3 4) (long 1 2 3 4 5) (sets { }) (sets { } { }) (within 1) ];
in
builtins.deepSeq all (all // { })
