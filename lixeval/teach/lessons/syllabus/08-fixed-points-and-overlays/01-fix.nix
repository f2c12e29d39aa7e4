# title: A set that sees itself
# kind: predict
# read: fix f is a value x with x = f x. The function gets, as its argument, what it will have made.
# ask: What is the value?
# answer: { a = 1; b = 2; c = 3; }
# hint: self.a is 1.
# after: explain
let
  fix = f: let x = f x; in x;
in
fix (self: { a = 1; b = self.a + 1; c = self.b + 1; })
