# title: More than was asked for
# kind: repair
# read: { a }: … refuses a set that has more than a. { a, ... }: … takes it, and names the rest no further.
# ask: Let the function take sets with more attributes.
# answer: "eve"
# replace: { name }
# solution: { name, ... }
# hint: Three dots after a comma.
let
  nameOf = { name }: name;
in
nameOf { name = "eve"; mail = "eve@example.org"; }
