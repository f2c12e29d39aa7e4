let
  f = x: y: x;
  g = a: { b, c ? 1 }: d: a;
  k = a: b: c: d: e: a;
in
{
  plain = f;
  applied = f 1;
  formals = g;
  formals1 = g 1;
  formals2 = g 1 { b = 1; };
  five = [ k (k 1) (k 1 2) (k 1 2 3) (k 1 2 3 4) ];
  named = { a, b ? 2, ... }@all: all;
  builtin = [ map (map (x: x)) builtins.add (builtins.add 1) derivation ];
}
