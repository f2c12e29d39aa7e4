let
  f = x: x;
  g = f;
  id = x: x;
  h = { a = x: x; b = f; };
  s = { inherit f; };
  r = rec { f = x: y: x; g = f; };
in
[
  ([ h.a ] == [ h.a ])
  ({ a = h.a; } == { a = h.a; })
  (builtins.elem h.a [ h.a ])
  ([ s.f ] == [ s.f ])
  ([ (id f) ] == [ (id f) ])
  ([ builtins.map ] == [ builtins.map ])
  ({ m = builtins.map; } == { m = builtins.map; })
  ([ map ] == [ map ])
  ([ f ] == [ f ])
  ([ f ] == [ g ])
  (s == { inherit f; })
  (s // { z = 1; } == { z = 1; } // s)
  (r == r)
  (h == h // { })
  (let v = h.a; in [ v ] == [ v ])
]
