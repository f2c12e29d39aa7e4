# Nix compares attributes in the order in which it has met their names.
let
  caught = value: (builtins.tryEval value).value;
in
{
  known = [
    ({ yy2 = 1; yy1 = throw "unused"; } == { yy1 = 1; yy2 = 2; })
    (caught ({ aaa = 1; zz2 = throw "used"; name = 1; } == { zz2 = 1; aaa = 1; name = 1; }))
    (caught ({ value = throw "used"; b1 = 2; } == { b1 = 1; value = 1; }))
    (caught ({ b2 = 2; a2 = throw "unused"; } == { a2 = 1; b2 = 1; }))
  ];
  parameters = [
    # The parameter of a lambda is met behind its body.
    (caught ((p1: q1: { p1 = throw "used"; q1 = 2; } == { q1 = 1; p1 = 2; }) 1 2))
    (caught ((p2: { q2, r2 }: { p2 = throw "unused"; q2 = 2; } == { q2 = 1; p2 = 2; }) 1 { q2 = 1; r2 = 2; }))
  ];
  names = [
    (caught ({ c3 = throw "used"; d3 = 1; } == { c3 = 1; e3 = 1; }))
    (caught ({ e4 = 1; c4 = throw "unused"; } == { d4 = 1; c4 = 1; }))
  ];
  nested = [
    (caught ({ z5 = { y5 = 1; x5 = throw "unused"; }; a5 = throw "unused"; } == { a5 = 1; z5 = { x5 = 1; y5 = 2; }; }))
    (builtins.elem { z6 = 1; a6 = throw "unused"; } [ { a6 = 1; z6 = 2; } ])
    ([ { z7 = 1; a7 = throw "unused"; } ] != [ { a7 = 1; z7 = 2; } ])
  ];
}
