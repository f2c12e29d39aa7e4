with { outer = 1; y = 2; };
let
  z = [ 1 2 3 ];
  w = { q = z; };
in
assert y == 2;
with w;
args@{ a ? outer, y ? a + 10, r ? rec { s = t; t = q; } }:
{
  # A function shorter than three hundred characters is not walked, as it may be called all over; therefore this comment
  # goes on for so long, which says nothing that anybody has to know, and nevertheless is read by everybody who looks at
  # it: such is life.  Now there are enough.
  inherit a y z q;
  given = args;
  deep = r;
}
