# title: A string with a hole of its own
# kind: complete
# read: Inside "…", ${e} stands for the value of e, which must be a string.
# ask: Greet Ada by her name, not by writing it twice.
# answer: "Hello, Ada!"
# solution: ${name}
# hint: The name is bound one line above.
# hint: A dollar sign and braces around the name.
# after: explain
let
  name = "Ada";
in
"Hello, ???!"
