# No `with` gives the function anything.
let o = [ 1 ]; in with { q = 1; }; { a, b ? o }: with { z = 2; }; [
  # A function shorter than three hundred characters is not walked, as it may be called all over; therefore this comment
  # goes on for so long, which says nothing that anybody has to know, and nevertheless is read by everybody who looks at
  # it: such is life.  Now there are enough.
  a
  b
]
