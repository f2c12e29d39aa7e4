# Of a function that is compiled after all, the formals are asked for as before.
let
  f = import ./data/taken.nix;
  values = builtins.genList (n: (f { a = n; }).b) 300;
in
builtins.foldl' builtins.add 0 values + (f { b = 1; }).b
