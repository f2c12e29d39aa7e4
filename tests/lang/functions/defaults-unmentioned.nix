# A default that nobody mentions is asked for no more than its formal; one that only other defaults mention is needed.
let
  chain = { a ? throw "a", b ? c, c ? 1, d ? b, ... }: d;
  both = { x ? y, y ? x }: 1;
  around = with { q = 2; b = 9; }; { a ? q, b ? a }: [ (a + 1) b ];
  whole = { a ? 1, b ? a }@arguments: arguments;
  q = 1;
  own = { a ? q, q ? 3 }: a;
  hidden = { a ? 1, b ? 2 }: let a = 5; in a + b;
in
[
  (chain { })
  (chain { c = 5; })
  (chain { b = 7; })
  (chain { a = throw "never"; x = 1; })
  (both { })
  (around { })
  (around { a = 3; })
  (whole { })
  (whole { b = 2; })
  (own { })
  (hidden { a = throw "never"; })
]
