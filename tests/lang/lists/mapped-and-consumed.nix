# What goes through the list of a `map` once takes it element by element: what is wanted of it, and in which order, is
# as if it had been there.
let
  inherit (builtins) all any attrValues catAttrs elemAt filter foldl' genList length map mapAttrs trace tryEval zipAttrsWith;
  sets = genList (i: { a = i; b = if i == 12 then throw "twelve" else -i; }) 20;
  told = map (set: trace "told ${toString set.a}" set) sets;
  words = genList (i: "w${toString i}") 12;
in
{
  kept = filter (x: x > 15) (map (set: set.a) sets);
  kept-unlooked = length (filter (x: true) (map (set: throw "unused") sets));
  kept-failing = tryEval (length (filter (x: x < 0) (map (set: set.b) sets)));
  folded = foldl' (sum: x: sum + x) 0 (map (set: set.a * 2) sets);
  folded-lazily = length (foldl' (found: x: [ x ] ++ found) [ ] (map (set: throw "unused") sets));
  folded-until = foldl' (found: x: if found == null && x.a > 3 then x.a else found) null (map (set: set // { c = 1; }) told);
  some = any (x: x == 3) (map (set: set.a / set.a) [ { a = 3; } { a = 1; } ] ++ [ 3 ]);
  some-early = any (x: x == 11) (map (set: -set.b) sets);
  none-late = tryEval (any (x: x == 13) (map (set: -set.b) sets));
  every-early = all (x: x < 3) (map (set: if set.a > 5 then throw "late" else set.a) sets);
  partial = filter (f: f 1 > 2) (map (x: y: x + y) [ 0 1 2 3 4 5 6 7 8 9 ]) != [ ];
  curried = foldl' (sum: f: sum + f 1) 0 (map (x: y: x * y) (genList (x: x) 10));
  functor = all (x: x == 1) (map { __functor = self: x: 1; } words);
  attributes = catAttrs "a" (map (set: removeAttrs set [ (if set.a > 9 then "a" else "b") ]) sets);
  zipped = zipAttrsWith (name: values: length values) (map (w: { ${w} = 1; all = w; }) words);
  values = attrValues (mapAttrs (name: value: "${name}${toString value}") { b = 2; a = 1; "é" = 3; Z = 4; });
  values-unlooked = length (attrValues (mapAttrs (throw "unused") { b = 2; a = throw "unused"; }));
  values-failing = tryEval (elemAt (attrValues (mapAttrs (name: value: assert value > 1; name) { b = 2; a = 1; })) 0);
  values-none = attrValues (mapAttrs 3 { });
  texts = filter (w: w != "w3") (map (w: w + "") words);
}
