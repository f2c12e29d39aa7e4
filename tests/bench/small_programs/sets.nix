# attribute sets made from lists, changed, merged, asked
{ n, lib }:
let
  inherit (builtins) attrNames attrValues catAttrs foldl' genList groupBy hasAttr intersectAttrs length listToAttrs map mapAttrs removeAttrs zipAttrsWith;
  mod = a: b: a - b * (a / b);
  numbers = genList (i: i) n;
  named = listToAttrs (map (i: { name = "k${toString i}"; value = i; }) numbers);
  records = map (i: { name = "r${toString (mod (i * 7919) 10007)}"; version = "${toString (mod i 9)}.${toString i}"; size = i; }) numbers;
in
{
  from-list = foldl' (sum: name: sum + named.${name}) 0 (attrNames named);
  mapped = foldl' (a: b: a + b) 0 (attrValues (mapAttrs (name: value: value * 2) named));
  name-value = length (attrNames (lib.mapAttrs' (name: value: lib.nameValuePair "x-${name}" (value + 1)) named));
  filtered = length (attrNames (lib.filterAttrs (name: value: mod value 3 == 0) named));
  grouped = mapAttrs (name: group: foldl' (sum: r: sum + r.size) 0 group) (groupBy (r: toString (mod r.size 10)) records);
  zipped = length (attrValues (zipAttrsWith (name: values: foldl' (a: b: a + b) 0 values) (map (i: { a = i; "b${toString (mod i 100)}" = i; c = 1; }) numbers)));
  merged = foldl' (all: r: all // { ${r.name} = (all.${r.name} or 0) + r.size; }) { } (lib.take (n / 8) records);
  recursive-update =
    let update = all: i: lib.recursiveUpdate all { services.${"s${toString (mod i 20)}"} = { enable = true; port = i; }; };
    in foldl' (sum: i: sum + (foldl' update { } (lib.range i (i + 50))).services.s7.port) 0 (lib.take (n / 50) numbers);
  by-path = foldl' (sum: i: sum + lib.attrByPath [ "a" "b" "c" ] 0 { a.b.c = i; } + lib.attrByPath [ "a" "x" ] 1 { a.b = i; }) 0 numbers;
  set-by-path = foldl' (sum: i: sum + (lib.setAttrByPath [ "a" "b" "c" ] i).a.b.c) 0 numbers;
  generated = foldl' (a: b: a + b) 0 (attrValues (lib.genAttrs (map toString numbers) (name: lib.toInt name)));
  collected = length (lib.collect builtins.isInt (mapAttrs (name: value: { inner = { x = value; y = "s"; }; }) named));
  to-list = lib.concatStringsSep " " (lib.mapAttrsToList (name: value: "${name}=${toString value}") named);
  mapped-deep = (lib.mapAttrsRecursive (path: value: lib.concatStringsSep "-" (path ++ [ (toString value) ])) { a = named; b.c = named; }).b.c.k7;
  folded = lib.foldlAttrs (sum: name: value: sum + value) 0 named;
  removed = foldl' (left: i: length (attrNames (removeAttrs { a = i; b = i; c = i; d = i; } [ "a" "c" ])) + left) 0 numbers;
  intersected = length (attrNames (intersectAttrs (lib.genAttrs (map (i: "k${toString (i * 2)}") numbers) (x: x)) named));
  having = foldl' (count: i: if hasAttr "k${toString (i * 3)}" named && named ? "k${toString (i * 2)}" then count + 1 else count) 0 numbers;
  or-default = foldl' (sum: i: sum + (named."k${toString (i * 2)}" or 1)) 0 numbers;
  cat-attrs = foldl' (a: b: a + b) 0 (catAttrs "size" records) + length (catAttrs "none" records);
  inherited = foldl' (sum: r: let inherit (r) name size version; copy = { inherit name size version; }; in sum + copy.size) 0 records;
  with-scope = foldl' (sum: r: with r; sum + size + builtins.stringLength name) 0 records;
  rec-sets = foldl' (sum: i: (rec { a = i; b = a + 1; c = b * 2; d = if c > 10 then c else a; }).d + sum) 0 numbers;
  functor = let counter = { step = 2; __functor = self: x: x + self.step; }; in foldl' (sum: i: sum + counter i) 0 numbers;
  nested-update = foldl' (sum: r: sum + (r // { size = r.size + 1; extra = { a = 1; } // { b = r.size; }; }).extra.b) 0 records;
  zip-with-names = foldl' (sum: r: sum + (lib.zipAttrsWithNames [ "name" "size" ] (name: values: length values) [ r r { name = 1; } ]).size) 0 records;
  attrs-to-list = length (lib.filter (pair: pair.value > 50) (lib.attrsToList named));
  unioned = length (attrNames (lib.mergeAttrsList (map (r: { ${r.name} = r.version; }) records)));
  as-is = mapAttrs (name: value: value + 1) named;
  as-records = listToAttrs (map (r: { inherit (r) name; value = removeAttrs r [ "name" ] // { id = r.size; }; }) records);
}
