# functions, recursion, laziness, numbers, sorting
{ n, lib }:
let
  inherit (builtins) attrNames bitAnd bitOr bitXor ceil concatMap deepSeq elemAt filter floor foldl' functionArgs genericClosure genList head length listToAttrs map seq sort stringLength tail tryEval typeOf;
  mod = a: b: a - b * (a / b);
  numbers = genList (i: i) n;
  shuffled = map (i: mod (i * 7919) 100003) numbers;
  people = map (i: { name = "p${toString i}"; age = mod (i * 31) 97; }) numbers;
  repeat = f: foldl' (sum: i: sum + f i) 0 numbers;
in
{
  collatz = let steps = x: if x == 1 then 0 else 1 + steps (if mod x 2 == 0 then x / 2 else 3 * x + 1); in foldl' (most: i: let s = steps (i + 1); in if s > most then s else most) 0 numbers;
  primes = length (filter (p: lib.all (d: d * d > p || mod p d != 0) (lib.range 2 (lib.min (p - 1) 60))) (lib.range 2 (n / 10)));
  gcd = let gcd = a: b: if b == 0 then a else gcd b (mod a b); in repeat (i: gcd (i * 12) 360);
  ackermann = let a = m: k: if m == 0 then k + 1 else if k == 0 then a (m - 1) 1 else a (m - 1) (a m (k - 1)); in foldl' (sum: i: sum + a 2 60) 0 (genList (i: i) (n / 500));
  mutual = let even = x: if x == 0 then true else odd (x - 1); odd = x: if x == 0 then false else even (x - 1); in length (filter (i: even (mod i 40)) numbers);
  hanoi = let move = k: from: to: via: if k == 0 then 0 else move (k - 1) from via to + 1 + move (k - 1) via to from; in lib.foldl' (sum: i: sum + move 8 "a" "b" "c") 0 (lib.take (n / 100) numbers);
  memo-fibonacci = let fibs = genList (i: if i < 2 then i else mod (elemAt fibs (i - 1) + elemAt fibs (i - 2)) 1000007) n; in foldl' (a: b: a + b) 0 fibs;
  bits = repeat (i: bitAnd i 255 + bitOr i 1 - bitXor i 85);
  floats = floor (foldl' (sum: i: sum + floor (i * 1.5) + ceil (i / 3.0) + i * 0.25) 0 numbers);
  formals = let area = { width, height ? 2, ... }: width * height; in repeat (i: area { width = i; } + area { width = i; height = 3; depth = 4; });
  formals-at = let f = args@{ a, b ? a, ... }: a + b + length (attrNames args); in repeat (i: f { a = i; c = 1; });
  curried = let add3 = a: b: c: a + b + c; in repeat (i: add3 i 1 2 + foldl' (s: x: s + x) 0 (map (add3 i 1) [ 1 2 ]));
  composed = let f = lib.pipe numbers [ (map (x: x + 1)) (filter (x: mod x 2 == 0)) (map (lib.flip lib.sub 1)) (foldl' lib.add 0) ]; in f;
  closure = length (genericClosure { startSet = [ { key = 1; } ]; operator = item: filter (x: x.key <= n) [ { key = item.key * 2; } { key = item.key * 2 + 1; } ]; });
  closure-strings = length (genericClosure { startSet = [ { key = "n0"; i = 0; } ]; operator = item: if item.i >= n then [ ] else [ { key = "n${toString (item.i + 1)}"; i = item.i + 1; } { key = "n${toString (item.i / 2)}"; i = item.i / 2; } ]; });
  deep = deepSeq (map (i: { a = [ i { b = i + 1; } ]; }) numbers) "done";
  tried = foldl' (sum: i: let t = tryEval (if mod i 2 == 0 then throw "even" else i); in if t.success then sum + t.value else sum + 1) 0 numbers;
  asserted = foldl' (sum: i: assert i >= 0; assert lib.assertMsg (i < 10000000) "too large"; sum + i) 0 numbers;
  arguments = repeat (i: length (attrNames (functionArgs ({ a, b ? 1, c ? 2 }: a))) + i);
  types = length (filter (t: t == "int") (map typeOf (concatMap (i: [ i "s" null { } ]) numbers)));
  sort-numbers = elemAt (sort (a: b: a < b) shuffled) 5;
  sort-records = (head (sort (a: b: if a.age != b.age then a.age < b.age else a.name < b.name) people)).name;
  sort-on = (head (lib.sortOn (p: p.age) people)).name;
  sort-by-lib = length (lib.naturalSort (map (p: p.name) (lib.take (n / 10) people)));
  quick-sort = let quick = xs: if xs == [ ] then [ ] else let rest = tail xs; p = head xs; in quick (filter (x: x < p) rest) ++ [ p ] ++ quick (filter (x: x >= p) rest); in elemAt (quick shuffled) 3;
  merge-sort =
    let
      merge = xs: ys: if xs == [ ] then ys else if ys == [ ] then xs else if head xs <= head ys then [ (head xs) ] ++ merge (tail xs) ys else [ (head ys) ] ++ merge xs (tail ys);
      go = xs: let half = length xs / 2; in if length xs < 2 then xs else merge (go (lib.take half xs)) (go (lib.drop half xs));
    in foldl' (sum: i: sum + head (go (map (x: mod (x * i) 101) (lib.range 1 20)))) 0 (lib.take (n / 50) numbers);
  tree =
    let
      insert = t: x: if t == null then { value = x; left = null; right = null; } else if x < t.value then t // { left = insert t.left x; } else t // { right = insert t.right x; };
      sum = t: if t == null then 0 else t.value + sum t.left + sum t.right;
    in sum (foldl' insert null (lib.take (n / 4) shuffled));
  linked = let cons = x: xs: { inherit x xs; }; build = i: if i == 0 then null else cons i (build (i - 1)); sum = l: if l == null then 0 else l.x + sum l.xs; in foldl' (s: i: s + sum (build 20)) 0 (lib.take (n / 20) numbers);
  state-machine = let step = s: c: if s == "idle" then (if c == 0 then "run" else "idle") else if s == "run" then (if c == 1 then "stop" else "run") else "idle"; in foldl' step "idle" (map (i: mod i 3) numbers);
  matrix = let size = 20; a = k: genList (i: genList (j: i * j + k) size) size; at = m: i: j: elemAt (elemAt m i) j; mul = x: y: genList (i: genList (j: foldl' (s: k: s + mod (at x i k * at y k j) 1009) 0 (genList (k: k) size)) size) size; in foldl' (sum: k: sum + foldl' (s: row: s + foldl' lib.add 0 row) 0 (mul (a k) (a 1))) 0 (genList (k: k) (n / 1000));
  brackets = let walk = text: i: depth: if i == stringLength text then depth else walk text (i + 1) (depth + (if builtins.substring i 1 text == "(" then 1 else -1)); in foldl' (sum: i: sum + walk "(()(()))(())" 0 0) 0 (lib.take (n / 10) numbers);
}
