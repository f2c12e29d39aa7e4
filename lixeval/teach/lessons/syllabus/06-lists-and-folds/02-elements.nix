# title: Spaces separate elements
# kind: repair
# read: In a list a call needs parentheses: [ f x ] has two elements, [ (f x) ] has one.
# ask: Repair the list.
# answer: [ 2 4 ]
# replace: [ double 1 double 2 ]
# solution: [ (double 1) (double 2) ]
# hint: How many elements has the list as it stands?
let
  double = n: n * 2;
  list = [ double 1 double 2 ];
in
assert builtins.length list == 2;
list
