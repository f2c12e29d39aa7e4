# title: A list is asked for, its elements are not
# kind: predict
# read: Forcing a list gives the list itself. Its elements stay put off until somebody asks for them.
# ask: Which of one, two, list are forced?
# answer: list
# forced: list
# value: 2
# hint: How much of the list must length know?
# after: explain
let
  one = throw "one";
  two = throw "two";
  list = [ one two ];
in
builtins.length list
