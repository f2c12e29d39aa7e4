let
  bomb = throw "bomb";
in
{
  all = [ (builtins.all (x: x > 0) [ 1 2 ]) (builtins.all (x: x > 1) [ 1 bomb ]) ];
  any = [ (builtins.any (x: x > 1) [ 1 2 bomb ]) ];
  concatLists = builtins.concatLists [ [ 1 ] [ ] [ 2 3 ] ];
  concatMap = builtins.concatMap (x: [ x (x * 10) ]) [ 1 2 ];
  elem = [ (builtins.elem 2 [ 1 2 ]) (builtins.elem 1.0 [ 1 ]) (builtins.elem "x" [ ]) ];
  elemAt = builtins.elemAt [ bomb 2 ] 1;
  filter = builtins.filter (x: x != 2) [ 1 2 3 ];
  foldl' = [ (builtins.foldl' (a: x: a + x) 0 [ 1 2 3 ]) (builtins.foldl' (a: x: x) 0 [ 1 2 ]) ];
  genList = builtins.length (builtins.genList (x: bomb) 5);
  genList' = builtins.genList (x: x * x) 5;
  genericClosure = builtins.genericClosure {
    startSet = [ { key = 5; } { key = 7; a = 1; } { key = 5; b = 2; } ];
    operator = { key, ... }: if key > 2 then [ { key = key - 2; from = key; } ] else [ ];
  };
  groupBy = builtins.groupBy (x: if x > 1 then "big" else "small") [ 1 2 3 0 ];
  head = builtins.head [ 1 bomb ];
  length = builtins.length [ bomb bomb ];
  map = map (x: x + 1) [ 1 2 ];
  partition = builtins.partition (x: x > 1) [ 1 2 3 ];
  sort = builtins.sort (a: b: a.k < b.k) [ { k = 2; n = 1; } { k = 1; n = 2; } { k = 2; n = 3; } { k = 1; n = 4; } ];
  tail = builtins.tail [ bomb 2 3 ];
}
