with { outer = 1; y = 2; };
let
  z = [ 1 2 3 ];
  w = { q = z; };
in
assert y == 2;
with w;
args@{ a ? outer, y ? a + 10, r ? rec { s = t; t = q; } }:
{
  inherit a y z q;
  given = args;
  deep = r;
}
