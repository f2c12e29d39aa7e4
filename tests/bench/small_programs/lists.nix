# lists as users make, take apart and look through them
{ n, lib }:
let
  inherit (builtins) all any concatLists concatMap elem elemAt filter foldl' genList head length map partition tail;
  numbers = genList (i: i * 7919 - i * 7919 / 10007 * 10007) n;
  words = map (i: "word${toString i}") numbers;
  records = map (i: { id = i; tag = "t${toString (i - i / 13 * 13)}"; }) numbers;
  mod = a: b: a - b * (a / b);
in
{
  pipeline = foldl' (a: b: a + b) 0 (map (x: x * x) (filter (x: mod x 3 == 1) (map (x: x + 1) numbers)));
  recursion =
    let go = xs: if xs == [ ] then 0 else head xs + go (tail xs);
    in foldl' (sum: i: sum + go (genList (j: i + j) 50)) 0 (genList (i: i) n);
  unique-numbers = length (lib.unique (map (x: mod x 200) numbers));
  unique-sets = length (lib.unique (map (x: { a = mod x 200; }) numbers));
  unique-strings = length (lib.unique (map (x: "w${toString (mod x 200)}") numbers));
  fold-right = foldl' (sum: i: sum + lib.foldr (x: rest: x + rest) i (lib.range 1 50) + lib.foldr (x: rest: if x > 5 then i else rest) 0 (lib.range 1 20)) 0 (lib.take (n / 10) numbers);
  zipping = foldl' (sum: pair: sum + pair.fst * pair.snd) 0 (lib.zipLists numbers (lib.reverseList numbers));
  zipped-with = length (filter (x: x) (lib.zipListsWith (a: b: a < b) numbers (tail numbers)));
  ranges = foldl' (sum: i: sum + length (lib.range i (i + 9))) 0 (lib.range 1 n);
  range-mapped = length (filter (x: x > 10) (map (x: x + 1) (lib.range 1 n)));
  imap = map (pair: pair.i + pair.x) (lib.imap0 (i: x: { inherit i x; }) numbers);
  flattening = length (lib.flatten (map (x: [ x [ (x + 1) [ (x + 2) ] ] ]) numbers));
  sublists = foldl' (sum: i: sum + head (lib.sublist i 10 numbers)) 0 (genList (i: i) (n - 10));
  take-drop =
    let chunks = xs: if xs == [ ] then [ ] else [ (lib.take 100 xs) ] ++ chunks (lib.drop 100 xs);
    in length (chunks numbers);
  finding = foldl' (sum: i: sum + (lib.findFirst (r: r.id == i) { id = 0; } records).id) 0 (genList (i: i * 3) 40);
  membership = length (filter (i: elem i numbers) (genList (i: i * 1000) 60));
  any-all = length (filter (i: any (x: x == i) numbers && all (x: x >= 0) numbers) (genList (i: i * 997) 10));
  partitioning =
    let halves = partition (r: r.id > 5000) records; counted = lib.count (r: r.tag == "t3") records;
    in [ (length halves.right) (length halves.wrong) counted ];
  appending = length (foldl' (found: x: if mod x 2 == 0 then found ++ [ x ] else [ x ] ++ found) [ ] (lib.take (n / 10) numbers));
  concatenated = length (concatLists (map (x: [ x (x + 1) ]) numbers)) + length (concatMap (x: if x > 5 then [ x ] else [ ]) numbers);
  cartesian = length (lib.cartesianProduct { a = lib.range 1 (n / 100); b = lib.range 1 30; c = [ 1 2 3 ]; });
  crossed = length (lib.crossLists (a: b: a + b) [ (lib.range 1 (n / 50)) (lib.range 1 50) ]);
  equality = map (i: { a = i; b = [ i ]; }) numbers == map (i: { a = i; b = [ i ]; }) numbers;
  subtracting = length (lib.subtractLists (lib.range 1 100) (map (x: mod x 300) numbers));
  max-min = [ (lib.foldl' lib.max 0 numbers) (lib.foldl' lib.min 99999 numbers) ];
  toposorting = length (lib.toposort (a: b: a < b) (lib.range 1 (n / 100))).result;
  as-is = map (x: x + 1) numbers;
  as-sets = map (r: r // { double = r.id * 2; }) records;
  joined-words = words ++ map (w: w + "!") words;
}
