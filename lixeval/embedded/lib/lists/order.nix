# Sorting beyond builtins.sort: by a derived key, by lists of keys, and topologically.
{ lib }:
let
  inherit (builtins)
    elemAt
    filter
    head
    isList
    length
    map
    partition
    sort
    split
    tail
    ;
in
rec {
  # Walks from an element to one that must come before it, until nothing does or the walk
  # meets itself. `before a b` says that a has to precede b.
  listDfs =
    stopOnCycles: before: list:
    let
      walk =
        at: visited: rest:
        let
          loops = filter (x: before x at) visited;
          earlier = partition (x: before x at) rest;
        in
        if stopOnCycles && loops != [ ] then
          {
            cycle = at;
            inherit loops visited rest;
          }
        else if earlier.right == [ ] then
          {
            minimal = at;
            inherit visited rest;
          }
        else
          walk (head earlier.right) ([ at ] ++ visited) (tail earlier.right ++ earlier.wrong);
    in
    walk (head list) [ ] (tail list);

  toposort =
    before: list:
    let
      first = listDfs true before list;
      others = toposort before (first.visited ++ first.rest);
    in
    if length list < 2 then
      { result = list; }
    else if first ? cycle then
      {
        cycle = lib.reverseList ([ first.cycle ] ++ first.visited);
        inherit (first) loops;
      }
    else if others ? cycle then
      others
    else
      { result = [ first.minimal ] ++ others.result; };

  # The key is computed once per element.
  sortOn =
    key: list:
    map (pair: elemAt pair 1) (
      sort (a: b: head a < head b) (
        map (x: [
          (key x)
          x
        ]) list
      )
    );

  compareLists =
    compare: xs: ys:
    let
      sizes = lib.compare (length xs) (length ys);
      shorter = lib.min (length xs) (length ys);
      from =
        n:
        let
          here = compare (elemAt xs n) (elemAt ys n);
        in
        if n == shorter then
          sizes
        else if here == 0 then
          from (n + 1)
        else
          here;
    in
    from 0;

  # Runs of digits compare as numbers; a leading zero stands by itself.
  naturalSort =
    list:
    let
      pieces = text: map (piece: if isList piece then lib.toInt (head piece) else piece) (split "(0|[1-9][0-9]*)" text);
      keyed = map (text: {
        inherit text;
        key = pieces text;
      }) list;
    in
    map (entry: entry.text) (sort (a: b: compareLists lib.compare a.key b.key < 0) keyed);
}
