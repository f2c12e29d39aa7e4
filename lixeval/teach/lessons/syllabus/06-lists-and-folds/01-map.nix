# title: The same for each element
# kind: complete
# read: map f list calls f with each element.
# ask: Square them all.
# answer: [ 1 4 9 ]
# solution: (n: n * n)
# hint: A function needs parentheses when it is an argument.
# after: explain
map ??? [ 1 2 3 ]
