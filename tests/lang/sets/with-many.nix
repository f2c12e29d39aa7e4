# The sets of a file's withs are asked from the innermost on, and no further than to the first that has the name; what a
# name gives is the same each time, and in each of them.
with { a = 1; b = 2; c = throw "never"; f = x: x + 1; fails = throw "no"; };
with rec { b = 20; d = e + 1; e = a; };
let own = d; f = null; in
with { a = 300; inherit b own; again = with { b = 4; }; [ a b d e ]; };
with builtins.listToAttrs [ { name = "e"; value = 5; } ];
let
  sum = n: a + b + n;
  both = with { b = n: n; }; map b [ a e own ];
  twice = map (n: [ a (b + n) d e (sum n) ]) [ 1 2 ];
in
{
  inherit a again both twice;
  inner = with { a = 7; }; [ a b (sum 1) ] ++ (with { b = 8; inherit a; }; [ a b own ]);
  failed = map (x: (builtins.tryEval (fails + x)).success) [ 1 2 ];
  functions = map (x: x) [ (f == null) (with { f = 1; }; f == null) ];
  shadowed = (a: with { a = 9; }; [ a b ]) 0;
  same = builtins.elem again [ again ];
  recursive = rec { a = b; b = e; };
}
