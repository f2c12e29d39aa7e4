# what is gathered by comparing with all that were found
let
  inherit (builtins) elem foldl' map genList length tryEval toString trace deepSeq;
  unique = foldl' (acc: e: if elem e acc then acc else acc ++ [ e ]) [ ];
  f = x: x;
  t = x: tryEval (deepSeq x x);
in {
  a = unique [ 1 2 1 3 true 1 null false null 0 "1" "1" ];
  b = unique [ [ 1 ] [ 1 2 ] [ 1 ] [ ] [ ] { } { } { a = 1; } { a = 1; } { a = 2; } { b = 1; } { a = { c = [ 1 ]; }; } { a = { c = [ 1 ]; }; } ];
  c = map (x: builtins.typeOf x) (unique [ f f (x: x) 1 1 ]);
  d = unique [ 1 1.0 2.0 2 ];
  e = unique [ { type = "derivation"; outPath = "a"; x = 1; } { type = "derivation"; outPath = "a"; x = 2; } 1 1 ];
  g = t (unique [ 1 (throw "a") ]);
  h = (t (unique [ { a = 1; b = throw "x"; } { a = 2; b = throw "y"; } { a = 3; } ])).success;
  i = length (unique [ { a = 1; b = throw "x"; } { a = 2; b = throw "y"; } { a = 3; } ]);
  j = t (length (unique [ { a = 1; b = throw "x"; } { a = 1; b = throw "y"; } ]));
  k = length (unique [ (throw "never") ]);
  l = t (length (unique [ (throw "never") 1 ]));
  o = unique [ [ f ] [ f ] ] == [ [ f ] ];
  p = length (unique [ (trace "one" 1) (trace "two" 2) (trace "one again" 1) ]);
  q = length (unique (genList (i: trace (toString i) { a = trace "a${toString i}" (i / 2); b = trace "b${toString i}" 1; }) 5));
  r = unique [ "é" "e" "é" ];
}
