# title: Empty or not, without looking inside
# kind: complete
# read: To compare a list with [ ] asks for the list, and for none of its elements: that it has some is enough.
# ask: Is the list empty? Ask for no element.
# answer: false
# forced: list
# solution: list == [ ]
# hint: builtins.all would ask for an element.
# hint: Compare.
# after: explain
let
  one = builtins.trace "one was read" 1;
  two = builtins.trace "two was read" 2;
  list = [ one two ];
in
???
