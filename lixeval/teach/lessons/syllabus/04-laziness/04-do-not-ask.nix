# title: Answer without asking too much
# kind: complete
# read: && asks for its right side only if the left one is true.
# ask: Is the list empty or its first element positive? Ask for the head only where there is one.
# answer: [ true true false ]
# solution: xs == [ ] || builtins.head xs > 0
# hint: || asks for its right side only if the left one is false.
# hint: Put the question whether it is empty first.
let
  good = xs: ???;
in
[ (good [ ]) (good [ 1 ]) (good [ (-1) ]) ]
