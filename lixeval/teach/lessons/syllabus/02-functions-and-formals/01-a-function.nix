# title: A function has one argument
# kind: complete
# read: x: e is a function. f 3 calls f with 3. No parentheses are needed around the argument.
# ask: Write the function that doubles its argument.
# answer: 14
# solution: x: x * 2
# hint: argument, colon, body
# after: explain
let
  double = ???;
in
double 7
