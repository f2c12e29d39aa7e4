# title: From a list to one value
# kind: predict
# read: builtins.foldl' f start list calls f with what there is so far and the next element.
# ask: What is the value?
# answer: "<-a-b-c"
# hint: First f "<" "a", then f with that and "b".
# after: explain
builtins.foldl' (sofar: next: sofar + "-" + next) "<" [ "a" "b" "c" ]
