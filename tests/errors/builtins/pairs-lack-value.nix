# blame: 4:3
builtins.listToAttrs [
  { name = "a"; value = 1; }
  { name = "b"; vale = 2; }
]
