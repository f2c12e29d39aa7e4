# title: From a list to a set
# kind: complete
# read: The start of a fold may be a set, to which each step adds.
# ask: Count how often each word stands in the list.
# answer: { a = 2; b = 1; }
# solution: count.${word} or 0
# hint: What was counted so far is in the set count; at first it has nothing.
# hint: A computed name: count.${word}. And what if it is missing?
builtins.foldl' (count: word: count // { ${word} = ??? + 1; }) { } [ "a" "b" "a" ]
