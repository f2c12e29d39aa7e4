# values that are gathered once, by parts of all kinds
let
  inherit (builtins) elem foldl' genList length map tryEval;
  unique = foldl' (acc: e: if elem e acc then acc else acc ++ [ e ]) [ ];
  d = i: derivation { name = "d${toString (i / 2)}"; system = "x"; builder = "b"; };
  u = [ 1 [ ] { } ];
in {
  a = map (x: x.name) (unique (genList d 6));
  b = unique [ { a = 1; b = { c = [ 1 2 ]; }; } { b = { c = [ 1 2 ]; }; a = 1; } { a = 1; b = { c = [ 1 2 3 ]; }; } ];
  c = unique [ u u [ 1 [ ] { } ] ];
  e = unique [ [ [ ] ] [ { } ] [ [ ] ] [ null ] [ false ] [ 0 ] [ "" ] ];
  g = foldl' (acc: e: if elem e acc then acc else acc ++ [ e ]) [ 1 2 ] [ 2 3 3 1 ];
  h = length (unique [ { a = x: x; } { a = 1; } { a = x: x; } ]);
  i = let f = { g = x: x; }; in length (unique [ f f { inherit (f) g; } ]);
  j = (tryEval (unique [ 1 2 (throw "z") 3 ])).success;
  k = unique [ "a${toString 1}" "a1" ("a" + "1") ];
  s = unique (map (x: x / 3) (genList (x: x) 20));
  v = unique [ { type = "x"; a = 1; } { type = "x"; a = 1; } { type = "x"; a = 2; } ];
  w = unique [ [ 1 2.0 ] [ 1 2 ] [ 1.0 2 ] ];
}
