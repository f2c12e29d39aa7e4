# What nobody mentions is asked for all the same, and looked at by nobody.
let
  bomb = throw "looked at";
  first = { a, b }: a;
  named = { a, b, ... }@all: all.a;
  optional = { a, b ? bomb, c }: a;
  none = { a, b, c }: 0;
in
[
  (first { a = 1; b = bomb; })
  (named { a = 2; b = bomb; c = bomb; })
  (optional { a = 3; c = bomb; })
  (none { a = bomb; b = bomb; c = bomb; })
  (builtins.functionArgs optional)
  (builtins.attrNames (builtins.functionArgs none))
  (map (n: (builtins.unsafeGetAttrPos n (builtins.functionArgs first)).column) [ "a" "b" ])
]
