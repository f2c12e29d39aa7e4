# title: Two arguments, one after the other
# kind: predict
# read: a: b: e is a function that gives a function. add 1 is a function that waits for b.
# ask: What is the value?
# answer: [ 3 11 ]
# hint: addOne b is add 1 b.
# after: explain
let
  add = a: b: a + b;
  addOne = add 1;
in
[ (addOne 2) (addOne 10) ]
