# lists whose elements are picked from another one by their places, as take, drop, sublist and reverseList do
let
  inherit (builtins) elemAt genList length map tryEval deepSeq trace head;
  sublist =
    start: count: list:
    let len = length list;
    in genList (n: elemAt list (n + start)) (if start >= len then 0 else if start + count > len then len - start else count);
  take = sublist 0;
  drop = count: list: sublist count (length list) list;
  reverse = xs: let l = length xs; in genList (n: elemAt xs (l - n - 1)) l;
  f = x: x;
  nums = genList (x: x) 30;
  mixed = [ 1 f (1 + 1) [ 1 ] 2.5 "a" (throw "bad") { a = 1; } null (trace "t" 7) 1 2 3 4 5 6 7 8 9 10 11 ];
  functions = [ f f f f f f f f f f f f f f f f f ];
  len = 3;
in
{
  a = take 20 nums;
  b = drop 2 nums;
  c = reverse nums;
  d = sublist 1 22 nums;
  e = take 0 nums;
  g = drop 9 nums;
  h = take 9 nums;
  i = map builtins.typeOf (take 6 mixed);
  j = (tryEval (deepSeq (take 17 mixed) 1)).success;
  k = length (reverse mixed);
  l = map (x: x) (drop 7 mixed);
  m = take 15 functions == take 15 functions;
  n = let x = take 15 functions; in x == x;
  o = take 15 (drop 1 mixed) == take 15 (drop 1 mixed);
  p = genList (n: elemAt nums (n + 4)) 1;
  r = let y = genList (n: elemAt [ [ 1 ] [ 1 ] ] n) 2; in y;
  s = let z = [ 1 ];
  w = [ z z ]; in [ w (take 20 w) (genList (n: elemAt w (1 - n)) 2) ];
  t = genList (n: elemAt nums (len - n)) 3;
  u = let yet = genList (n: if n == 0 then 1 else elemAt yet (n - 1) + 1) 5; in yet;
  v = let q = genList (n: elemAt nums n) 3; in head q;
  w = genList (n: elemAt nums (n + n)) 2;
  x = genList (n: elemAt nums (0 - n)) 1;
  y = reverse (map (x: x + 1) nums);
  z = take 20 (genList (x: x) 4);
}
