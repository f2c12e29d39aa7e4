# title: map waits too
# kind: predict
# read: map gives a list whose elements are put off. Only those that somebody asks for are computed.
# ask: How often is a text said?
# answer: 1
# value: 4
# traced: 1
# hint: elemAt asks for one element.
# after: explain
builtins.elemAt (map (n: builtins.trace "n is ${toString n}" (n * n)) [ 1 2 3 ]) 1
