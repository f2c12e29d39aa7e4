# title: with is weaker than let
# kind: predict
# read: with set; e lets e use the set's attributes as names, but only names that nothing else binds.
# ask: What is the value?
# answer: [ 1 20 ]
# hint: x is bound by let. Does with change that?
# hint: y is bound by nothing but the set.
# after: explain
let
  x = 1;
in
with { x = 10; y = 20; };
[ x y ]
