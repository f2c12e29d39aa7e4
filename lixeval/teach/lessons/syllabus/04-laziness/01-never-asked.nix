# title: What is never asked is never computed
# kind: predict
# read: A definition is put off until somebody asks for its value. To ask is to force.
# ask: Which of a, b, c are forced?
# answer: a c
# forced: a c
# value: 2
# hint: if asks for its condition, then for one branch.
# hint: b stands in the branch that is not taken.
# after: explain
let
  a = 1 < 2;
  b = throw "never";
  c = 1 + 1;
in
if a then c else b
