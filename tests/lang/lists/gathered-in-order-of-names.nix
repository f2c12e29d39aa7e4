# What is compared first of two sets is told by the order in which names were met, and what fails there fails.
let
  unique = builtins.foldl' (found: e: if builtins.elem e found then found else found ++ [ e ]) [ ];
  fails = list: !(builtins.tryEval (builtins.length (unique list))).success;
  z = 1;
in
[
  (fails [ { a = 1; c = 2; } { a = throw "compared"; b = 1; } ])
  (fails [ { a = 1; c = 2; } { a = 1; b = throw "not compared"; } ])
  (fails [ { a = 1; } { a = throw "of another size"; b = 1; } ])
  (fails [ { a = throw "x"; inherit z; } { a = throw "y"; z = 2; } ])
  (fails [ { a = throw "x"; z = z + 1; } { a = throw "y"; z = z + 2; } ])
  (fails [ { a = [ (throw "x") ]; z = 1; } { a = [ (throw "y") ]; z = 2; } ])
  (fails [ { a = { b = throw "x"; }; z = 1; } { a = { b = throw "y"; }; z = 2; } ])
  (fails [ { a = throw "of another name"; } { b = 1; } { a = 1; } ])
  (fails [ { a = throw "of another name"; } { b = 1; } { c = throw "x"; } ])
  (fails [ { a = { }; } { a = { b = throw "of another size"; }; } { a = { c = throw "of another name"; }; } { a = [ (throw "x") ]; } ])
  (fails [ { a = { b = 1; c = throw "x"; }; } { a = { b = throw "y"; c = 1; }; } ])
  (unique [ { a = { b = [ 1 { c = 2; } ]; }; } { a.b = [ (0 + 1) { c = 1 + 1; } ]; } { a.b = [ 1 { d = 2; } ]; } { a.b = [ 1 { c = 3; } ]; } ])
  (fails [ [ { x = 1; } ] [ { x = throw "compared"; } ] ])
  (unique [ { a = 1; b = 2; } { a = 1; c = 2; } { a = 1; b = 2; } { a = 1; c = 3; } [ 1 2 ] { a = 1; c = 2; } [ 1 2 ] ])
]
