# a binary search tree of sets, grown by insertion and summed
let
  next = seed: let n = seed * 16807; in n - n / 2147483647 * 2147483647;
  insert =
    tree: key:
    if tree == null then
      { inherit key; left = null; right = null; }
    else if key < tree.key then
      tree // { left = insert tree.left key; }
    else
      tree // { right = insert tree.right key; };
  grow = tree: seed: count: if count == 0 then tree else grow (insert tree seed) (next seed) (count - 1);
  sum = tree: if tree == null then 0 else (tree.key - tree.key / 1000 * 1000) + sum tree.left + sum tree.right;
  depth =
    tree:
    if tree == null then
      0
    else
      let
        left = depth tree.left;
        right = depth tree.right;
      in
      1 + (if left < right then right else left);
  tree = grow null 42 4000;
in
{ sum = sum tree; depth = depth tree; }
