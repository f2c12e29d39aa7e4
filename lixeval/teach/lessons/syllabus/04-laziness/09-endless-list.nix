# title: Endless, and still finite
# kind: predict
# read: A set may hold itself as long as nobody follows it to its end.
# ask: What is the value?
# answer: 1
# hint: Each tail is the set itself.
# after: explain
let
  ones = { head = 1; tail = ones; };
in
ones.tail.tail.tail.head
