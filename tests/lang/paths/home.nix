let
  home = builtins.getEnv "HOME";
in
[
  (builtins.typeOf ~/x)
  (toString ~/x == home + "/x")
  (toString ~/a/../b == home + "/a/../b")
  (toString ~/a/${"b"}/../c == home + "/a/c")
  (builtins.toPath ~/a/../b == home + "/a/../b")
  (~/x + "/y" == /. + "${home}/x/y")
]
