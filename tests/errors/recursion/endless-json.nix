# blame: 3:27 or 3:36 or 5:1
let
  tree = { name = "root"; parent = tree; };
in
builtins.toJSON tree
