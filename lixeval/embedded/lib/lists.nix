# Operations on lists. Folds and searches that must reach far into a list go through
# builtins' loops, so that their depth does not grow with it.
{ lib }:
let
  inherit (builtins)
    attrNames
    concatLists
    elem
    elemAt
    filter
    genList
    head
    isList
    length
    map
    seq
    tail
    ;
  indexes = list: genList (n: n) (length list);
in
rec {
  inherit (builtins)
    all
    any
    concatLists
    concatMap
    elem
    elemAt
    filter
    genList
    head
    isList
    length
    map
    partition
    sort
    tail
    ;

  singleton = x: [ x ];
  forEach = list: f: map f list;
  toList = x: if isList x then x else [ x ];
  optional = condition: x: if condition then [ x ] else [ ];
  optionals = condition: list: if condition then list else [ ];
  range = first: last: if first > last then [ ] else genList (n: first + n) (last - first + 1);
  replicate = n: x: genList (_: x) n;

  # Lazy: an operator that ignores its second argument ends the walk.
  foldr =
    op: nul: list:
    let
      size = length list;
      from = n: if n == size then nul else op (elemAt list n) (from (n + 1));
    in
    from 0;
  fold = lib.warn "fold has been deprecated, use foldr instead" foldr;
  # Lazy: an operator that ignores its first argument ends the walk.
  foldl =
    op: nul: list:
    let
      upTo = n: if n == 0 then nul else op (upTo (n - 1)) (elemAt list (n - 1));
    in
    upTo (length list);
  # The start value is forced, whatever builtins.foldl' does about it.
  foldl' = op: start: seq start (builtins.foldl' op start);

  imap0 = f: list: genList (n: f n (elemAt list n)) (length list);
  imap1 = f: list: genList (n: f (n + 1) (elemAt list n)) (length list);
  ifilter0 =
    keep: list: map (elemAt list) (filter (n: keep n (elemAt list n)) (indexes list));
  flatten = x: if isList x then builtins.concatMap flatten x else [ x ];
  remove = x: filter (y: y != x);
  count = test: list: length (filter test list);

  findSingle =
    test: default: multiple: list:
    let
      found = filter test list;
    in
    if found == [ ] then
      default
    else if length found > 1 then
      multiple
    else
      head found;
  findFirstIndex =
    test: default: list:
    let
      # A loop that keeps the index once there is one; -1 until then.
      step =
        found: n:
        if found >= 0 then
          found
        else if test (elemAt list n) then
          n
        else
          found;
      index = builtins.foldl' step (-1) (indexes list);
    in
    if index < 0 then default else index;
  findFirst =
    test: default: list:
    let
      index = findFirstIndex test null list;
    in
    if index == null then default else elemAt list index;

  groupBy =
    builtins.groupBy or (
      key: list:
      builtins.foldl' (
        groups: x:
        let
          name = key x;
        in
        groups // { ${name} = groups.${name} or [ ] ++ [ x ]; }
      ) { } list
    );
  groupBy' = op: nul: key: list: builtins.mapAttrs (_: foldl op nul) (groupBy key list);

  zipListsWith =
    f: xs: ys:
    genList (n: f (elemAt xs n) (elemAt ys n)) (lib.min (length xs) (length ys));
  zipLists = zipListsWith (fst: snd: { inherit fst snd; });
  reverseList =
    list:
    let
      end = length list - 1;
    in
    genList (n: elemAt list (end - n)) (length list);
  crossLists = lib.warn "lib.crossLists is deprecated, use lib.mapCartesianProduct instead" (
    f: builtins.foldl' (functions: xs: builtins.concatMap (g: map g xs) functions) [ f ]
  );

  inherit (import ./lists/order.nix { inherit lib; })
    listDfs
    toposort
    sortOn
    compareLists
    naturalSort
    ;

  sublist =
    start: count: list:
    let
      left = length list - start;
    in
    genList (n: elemAt list (start + n)) (lib.max 0 (lib.min count left));
  take = sublist 0;
  drop = count: list: sublist count (length list) list;
  takeEnd = count: list: drop (lib.max 0 (length list - count)) list;
  dropEnd = count: list: take (lib.max 0 (length list - count)) list;

  hasPrefix = prefix: list: take (length prefix) list == prefix;
  removePrefix =
    prefix: list:
    if hasPrefix prefix list then
      drop (length prefix) list
    else
      throw "lib.lists.removePrefix: First argument is not a list prefix of the second argument";
  commonPrefix =
    xs: ys:
    let
      shorter = lib.min (length xs) (length ys);
      differs = n: elemAt xs n != elemAt ys n;
    in
    take (findFirstIndex differs shorter (genList (n: n) shorter)) xs;

  last =
    list:
    if list == [ ] then throw "lists.last: list must not be empty!" else elemAt list (length list - 1);
  init =
    list:
    if list == [ ] then throw "lists.init: list must not be empty!" else take (length list - 1) list;

  unique = builtins.foldl' (seen: x: if elem x seen then seen else seen ++ [ x ]) [ ];
  uniqueStrings = list: attrNames (groupBy (x: x) list);
  allUnique = list: length (unique list) == length list;
  intersectLists = xs: filter (y: elem y xs);
  subtractLists = xs: filter (y: !elem y xs);
  mutuallyExclusive = xs: ys: xs == [ ] || !builtins.any (y: elem y xs) ys;

  concatAttrValues = set: concatLists (builtins.attrValues set);
  replaceElemAt =
    list: index: x:
    if index < 0 || index >= length list then
      throw "'lists.replaceElemAt' called with index ${toString index} on a list of size ${toString (length list)}"
    else
      genList (n: if n == index then x else elemAt list n) (length list);
}
