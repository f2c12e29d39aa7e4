{ lib }:
let
  inherit (lib) lists;
  bomb = abort "forced";
  even = x: lib.mod x 2 == 0;
in
{
  "singleton-value" = lib.singleton "a";
  "singleton-lazy" = lib.length (lib.singleton bomb);
  "forEach-list" = lib.forEach [ 1 2 ] toString;
  "toList-both" = [ (lib.toList [ 1 2 ]) (lib.toList "hi") ];
  "optional-true" = lib.optional true "a";
  "optional-false" = lib.optional false bomb;
  "optionals-true" = lib.optionals true [ 2 3 ];
  "optionals-false" = lib.optionals false bomb;
  "range-up" = lib.range 2 4;
  "range-one" = lib.range 3 3;
  "range-down" = lib.range 3 2;
  "range-negative" = lib.lists.range (-2) 1;
  "replicate-value" = lib.replicate 3 "a";
  "replicate-none" = lib.replicate 0 bomb;
  "foldr-order" = lib.foldr (x: acc: "(${x}${acc})") "z" [ "a" "b" "c" ];
  "foldr-lazy" = lib.foldr (x: acc: if x == 2 then "stop" else acc) bomb [ 1 2 bomb ];
  "foldr-empty" = lib.foldr bomb 7 [ ];
  "fold-is-foldr" = lib.fold (x: acc: x + acc) "z" [ "a" "b" ];
  "foldl-order" = lib.foldl (acc: x: "(${acc}${x})") "z" [ "a" "b" "c" ];
  "foldl-lazy" = lib.foldl (acc: x: x) bomb [ bomb 3 ];
  "foldl'-order" = lib.foldl' (acc: x: "(${acc}${x})") "z" [ "a" "b" "c" ];
  "foldl'-strict-start" = builtins.tryEval (lib.foldl' (acc: x: x) (throw "start") [ 1 ]);
  "foldl'-strict-middle" = builtins.tryEval (lib.foldl' (acc: x: if x == 1 then throw "middle" else x) 0 [ 1 2 ]);
  "foldl'-elements-lazy" = lib.foldl' (acc: x: acc + 1) 0 [ bomb bomb ];
  "imap0-index" = lib.imap0 (i: v: "${v}-${toString i}") [ "a" "b" ];
  "imap1-index" = lib.imap1 (i: v: "${v}-${toString i}") [ "a" "b" ];
  "imap1-lazy" = lib.length (lib.imap1 bomb [ 1 2 ]);
  "ifilter0-index" = lib.ifilter0 (i: v: i == 0 || v > 2) [ 1 2 3 ];
  "concatMap-lists" = lib.concatMap (x: [ x ] ++ [ "z" ]) [ "a" "b" ];
  "flatten-deep" = lib.flatten [ 1 [ 2 [ 3 [ ] ] 4 ] 5 ];
  "flatten-value" = lib.flatten 1;
  "remove-equal" = lib.remove 3 [ 1 3 4 3 ];
  "findSingle-one" = lib.findSingle (x: x == 3) "none" "multiple" [ 1 3 ];
  "findSingle-none" = lib.findSingle (x: x == 3) "none" bomb [ 1 9 ];
  "findSingle-many" = lib.findSingle (x: x == 3) bomb "multiple" [ 1 3 3 ];
  "findFirstIndex-found" = lists.findFirstIndex (x: x > 3) bomb [ 0 6 4 ];
  "findFirstIndex-none" = lists.findFirstIndex (x: x > 9) null [ 0 6 4 ];
  "findFirstIndex-stops" = lists.findFirstIndex (x: x == 1) null [ 1 bomb ];
  "findFirstIndex-long" = lists.findFirstIndex (x: x == 20000) null (lib.range 0 20000);
  "findFirst-found" = lib.findFirst (x: x > 3) bomb [ 1 6 4 ];
  "findFirst-default" = lib.findFirst (x: x > 9) 7 [ 1 6 4 ];
  "findFirst-stops" = lib.findFirst (x: x == 1) null [ 1 bomb ];
  "any-stops" = lib.any even [ 1 2 bomb ];
  "any-empty" = lib.any (x: bomb) [ ];
  "all-stops" = lib.all even [ 2 1 bomb ];
  "all-empty" = lib.all (x: bomb) [ ];
  "count-matches" = lib.count (x: x == 3) [ 3 2 3 4 6 ];
  "partition-even" = lib.partition even [ 1 2 3 4 ];
  "groupBy-parity" = lib.groupBy (x: lib.boolToString (x > 2)) [ 5 1 2 3 4 ];
  "groupBy'-sums" = lib.groupBy' builtins.add 0 (x: lib.boolToString (x > 2)) [ 5 1 2 3 4 ];
  "groupBy'-lazy-operator" = lib.groupBy' (acc: x: x) bomb (x: "k") [ 1 2 ];
  "zipListsWith-shortest" = lib.zipListsWith (a: b: a + b) [ "h" "l" bomb ] [ "e" "o" ];
  "zipLists-pairs" = lib.zipLists [ 1 2 3 ] [ "a" "b" ];
  "reverseList-order" = lib.reverseList [ "b" "o" "j" ];
  "reverseList-lazy" = lib.head (lib.reverseList [ bomb 1 ]);
  "listDfs-minimal" = lib.listDfs true lib.hasPrefix [ "/home/user" "other" "/" "/home" ];
  "listDfs-cycle" = lib.listDfs true lib.hasPrefix [ "/home/user" "other" "/" "/home" "/" ];
  "listDfs-ignore-cycle" = lib.listDfs false (a: b: a < b) [ 3 2 1 ];
  "toposort-paths" = lib.toposort lib.hasPrefix [ "/home/user" "other" "/" "/home" ];
  "toposort-cycle" = lib.toposort lib.hasPrefix [ "/home/user" "other" "/" "/home" "/" ];
  "toposort-late-cycle" = lib.toposort (a: b: a.n == b.after) [
    { n = 1; after = 0; }
    { n = 2; after = 3; }
    { n = 3; after = 2; }
  ];
  "toposort-stable" = lib.toposort lib.hasPrefix [ "other" "/home/user" "/home" "/" ];
  "toposort-numbers" = lib.toposort (a: b: a < b) [ 3 2 1 ];
  "toposort-few" = [ (lib.toposort bomb [ ]) (lib.toposort bomb [ 1 ]) ];
  "sort-numbers" = lib.sort (a: b: a < b) [ 5 3 7 ];
  "sort-stable" = map (x: x.n) (lib.sort (a: b: a.k < b.k) [ { k = 2; n = 1; } { k = 1; n = 2; } { k = 2; n = 3; } { k = 1; n = 4; } ]);
  "sortOn-length" = lib.sortOn lib.stringLength [ "aa" "b" "cccc" "c" ];
  "sortOn-empty" = lib.sortOn bomb [ ];
  "compareLists-cases" = [
    (lib.compareLists lib.compare [ ] [ ])
    (lib.compareLists lib.compare [ ] [ "a" ])
    (lib.compareLists lib.compare [ "a" ] [ ])
    (lib.compareLists lib.compare [ "a" "b" ] [ "a" "c" ])
    (lib.compareLists lib.compare [ "b" ] [ "a" bomb ])
    (lib.compareLists lib.compare [ 1 2 ] [ 1 2 ])
  ];
  "naturalSort-disks" = lib.naturalSort [ "disk11" "disk8" "disk100" "disk9" ];
  "naturalSort-addresses" = lib.naturalSort [ "10.46.133.149" "10.5.16.62" "10.54.16.25" ];
  "naturalSort-versions" = lib.naturalSort [ "v0.2" "v0.15" "v0.0.9" "" "v" "v01" "v1" ];
  "take-some" = [ (lib.take 2 [ 1 2 3 ]) (lib.take 5 [ 1 ]) (lib.take 0 [ 1 ]) (lib.take 2 [ ]) ];
  "takeEnd-some" = [ (lib.takeEnd 2 [ 1 2 3 ]) (lib.takeEnd 5 [ 1 ]) (lib.takeEnd 0 [ 1 ]) ];
  "drop-some" = [ (lib.drop 2 [ 1 2 3 ]) (lib.drop 5 [ 1 ]) (lib.drop 0 [ 1 ]) ];
  "dropEnd-some" = [ (lib.dropEnd 2 [ 1 2 3 ]) (lib.dropEnd 5 [ 1 ]) (lib.dropEnd 0 [ 1 ]) ];
  "take-lazy" = lib.take 1 [ 1 bomb ];
  "sublist-bounds" = [
    (lib.sublist 1 3 [ "a" "b" "c" "d" "e" ])
    (lib.sublist 1 3 [ ])
    (lib.sublist 3 9 [ 1 2 3 4 5 ])
    (lib.sublist 9 1 [ 1 2 ])
    (lib.sublist 0 0 [ 1 ])
  ];
  "hasPrefix-lists" = [ (lists.hasPrefix [ 1 2 ] [ 1 2 3 ]) (lists.hasPrefix [ 0 1 ] [ 1 2 ]) (lists.hasPrefix [ 1 2 3 ] [ 1 ]) (lists.hasPrefix [ ] [ ]) ];
  "removePrefix-good" = lists.removePrefix [ 1 2 ] [ 1 2 3 4 ];
  "removePrefix-bad" = lists.removePrefix [ 0 1 ] [ 1 2 3 4 ];
  "commonPrefix-cases" = [
    (lists.commonPrefix [ 1 2 3 4 5 6 ] [ 1 2 4 8 ])
    (lists.commonPrefix [ 1 2 3 ] [ 1 2 3 4 5 ])
    (lists.commonPrefix [ 1 2 3 ] [ 4 5 6 ])
    (lists.commonPrefix [ ] [ 1 ])
  ];
  "last-value" = lib.last [ 1 2 3 ];
  "last-empty" = lib.last [ ];
  "last-lazy" = lib.last [ bomb 3 ];
  "init-value" = lib.init [ 1 2 3 ];
  "init-empty" = lib.init [ ];
  "crossLists-strings" = lib.crossLists (x: y: "${toString x}${toString y}") [ [ 1 2 ] [ 3 4 ] ];
  "unique-keeps-first" = lib.unique [ 3 2 3 4 ];
  "unique-mixed" = lib.unique [ 1 "1" 1.0 [ 1 ] [ 1 ] { a = 1; } { a = 1; } null null ];
  "uniqueStrings-sorted" = lib.uniqueStrings [ "foo" "bar" "foo" "" ];
  "allUnique-both" = [ (lib.allUnique [ 3 2 3 ]) (lib.allUnique [ 3 2 1 ]) (lib.allUnique [ ]) ];
  "intersectLists-order" = lib.intersectLists [ 1 2 3 ] [ 6 3 2 3 ];
  "subtractLists-order" = lib.subtractLists [ 3 2 ] [ 1 2 3 4 5 3 ];
  "mutuallyExclusive-cases" = [
    (lib.mutuallyExclusive [ 1 2 ] [ 3 ])
    (lib.mutuallyExclusive [ 1 2 ] [ 2 ])
    (lib.mutuallyExclusive [ ] bomb)
    (lib.mutuallyExclusive [ 1 ] [ ])
  ];
  "concatAttrValues-order" = lib.concatAttrValues { b = [ 3 ]; a = [ 1 2 ]; };
  "replaceElemAt-middle" = lib.replaceElemAt [ 1 2 3 ] 1 "a";
  "replaceElemAt-lazy" = lib.head (lib.replaceElemAt [ 1 bomb ] 1 bomb);
  "replaceElemAt-outside" = lib.replaceElemAt [ 1 ] 1 2;
  "replaceElemAt-negative" = lib.replaceElemAt [ 1 ] (-1) 2;
  "concatLists-lists" = lib.concatLists [ [ 1 ] [ ] [ 2 3 ] ];
  "elem-value" = [ (lib.elem 1 [ 2 1 ]) (lib.elem 1 [ ]) ];
  "elemAt-index" = lib.elemAt [ 1 2 ] 1;
  "filter-even" = lib.filter even [ 1 2 3 4 ];
  "genList-squares" = lib.genList (n: n * n) 4;
  "head-tail" = [ (lib.head [ 1 bomb ]) (lib.tail [ bomb 2 ]) ];
  "tail-rest" = lib.tail [ 1 2 3 ];
  "isList-kinds" = map lib.isList [ [ ] { } "" ];
  "length-lazy" = lib.length [ bomb bomb ];
  "map-values" = lib.map (x: x + 1) [ 1 2 ];
}
