# title: seq asks for the first, gives the second
# kind: predict
# read: builtins.seq a b forces a, but only its outermost layer, and gives b. builtins.deepSeq forces all that is in a.
# ask: What is the value?
# answer: "fine"
# hint: How deep does seq look into the set?
# after: explain
builtins.seq { a = throw "inside"; } "fine"
