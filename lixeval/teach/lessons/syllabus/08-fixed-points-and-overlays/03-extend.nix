# title: Change one, and others follow
# kind: predict
# read: Here the second layer replaces name, and title is made from the final name.
# ask: What is the value of title?
# answer: "Mr Bob"
# hint: self is the final set, after the second layer.
# after: explain
let
  fix = f: let x = f x; in x;
  base = self: { name = "Al"; title = "Mr ${self.name}"; };
  layer = self: { name = "Bob"; };
in
(fix (self: base self // layer self)).title
