# title: Computed once, then remembered
# kind: predict
# read: The first who asks has the value computed. Who asks later gets the same value. builtins.trace says a text when it is evaluated.
# ask: How often is "computing" said?
# answer: 1
# value: 36
# traced: 1
# hint: x is one definition, however often its name stands there.
# after: explain
let
  x = builtins.trace "computing" (2 * 3);
in
x * x
