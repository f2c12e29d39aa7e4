# title: Names and values
# kind: repair
# read: builtins.listToAttrs makes a set of a list of { name = …; value = …; }.
# ask: One pair is wrong. Repair it.
# answer: { a = 1; b = 2; }
# replace: vale
# solution: value
# hint: The error says which attribute is missing.
builtins.listToAttrs [
  { name = "a"; value = 1; }
  { name = "b"; vale = 2; }
]
