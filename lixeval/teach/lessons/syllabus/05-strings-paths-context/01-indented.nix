# title: Strings of several lines
# kind: predict
# read: Between two pairs of single quotes, the spaces that all lines begin with are taken away.
# ask: What is the value? Write a line end as \n.
# answer: "a\n  b\n"
# hint: The smallest indentation is four spaces.
# hint: The last line has only spaces. What is left of it is nothing.
let
  text = ''
    a
      b
  '';
in
text
