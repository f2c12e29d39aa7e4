# title: An argument that nobody uses
# kind: predict
# read: A call does not force the argument. The function's body does, if it needs to.
# ask: Which of first, second are forced?
# answer: first
# forced: first
# value: 1
# hint: Look at what const does with its second argument.
# after: explain
let
  const = a: b: a;
  first = 3 - 2;
  second = throw "not needed";
in
const first second
