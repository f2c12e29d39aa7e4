# title: An expression has a value
# kind: complete
# read: A Nix file holds one expression. To evaluate it is to find its value. Numbers, strings, true, false and null are values.
# ask: Put the number here that makes the sum 42.
# answer: 42
# solution: 2
# hint: 40 and how much more?
# after: explain
40 + ???
