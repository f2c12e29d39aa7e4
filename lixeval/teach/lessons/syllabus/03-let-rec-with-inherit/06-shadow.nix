# title: The nearest binding wins
# kind: predict
# read: A name means the nearest let, rec or argument around it that binds it.
# ask: What is the value?
# answer: [ 1 2 3 ]
# hint: Go outwards from each x until something binds it.
# after: explain
let
  x = 1;
  f = x: x;
in
[ x (let x = 2; in x) (f 3) ]
