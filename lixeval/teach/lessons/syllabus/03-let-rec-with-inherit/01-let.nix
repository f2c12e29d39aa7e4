# title: let gives names
# kind: complete
# read: let a = …; b = …; in e: the names are known in e, and in each other's definitions, in any order.
# ask: Define total by price and count.
# answer: 35
# solution: price * count
# hint: Names that are defined later may be used.
# after: explain
let
  total = ???;
  price = 7;
  count = 5;
in
total
