let
  p = n: s: let r = builtins.unsafeGetAttrPos n s; in if r == null then null else "${toString r.line}:${toString r.column}";
  f = a: let x = a + 1; y = [ x ]; g = z: z; in {
    inherit x y g; z = x;
    w = y; v = { inherit x; }; u = rec { inherit y; q = y; };
  };
  h = a: let x = throw "no"; y = builtins.length [ x a ]; in if y == 2 then { inherit x y; } else { x = y; };
  k = c: let x = c + 1; in if c == 1 then { inherit x; } else { a = x; b = x; };
  l = c: let x = c // { n = 1; }; in x // { inherit x; m = x; };
  m = c: let x = builtins.head [ c ]; s = { inherit x; }; t = { inherit x; y = x; }; in [ s t { a = x; } ];
  e = c: let x = y: c; in { a = x; b = x; inherit x; };
  o = c: let x = a: c a; i = { inherit x; }; j = { inherit x; }; in [ (i == j) ([ i.x ] == [ j.x ]) ([ x ] == builtins.attrValues i) (i == { x = i.x; }) ({ inherit x; } == { inherit x; }) (builtins.listToAttrs [ { name = "q"; value = x; } ] == { q = x; }) ];
  q = c: let x = c c; in builtins.listToAttrs [ { name = "a"; value = x; } { name = "b"; value = x; } ];
  inherit (builtins) map attrNames;
  all = s: map (n: [ n (p n s) ]) (attrNames s);
  r = c: let inherit (c) x y; z = c.x; in { inherit x y z; a = x; };
in [
  (all (f 1)) (all (f 1).v) (all (f 1).u) (f 1).x (f 1).z (all (h 1)) (all (k 1)) (all (k 2)) (all (l { })) (map all (m { z = 1; }))
  (all (e 1)) (o (x: x)) (all (q (x: x))) (all (r { x = 1; y = 2; })) (r { x = 1; y = 2; }) (all (r { x = 1; y = 2; } // { b = 2; }))
  (all (builtins.removeAttrs (r { x = 1; y = 2; }) [ "a" ])) (all (builtins.intersectAttrs { x = 1; z = 2; } (r { x = 1; y = 2; })))
]
