# Names that code which is compiled has for its own, and functions in what is walked that capture them.
{ c, v ? c, formals ? v, ... }@ellipsis: {
  # A function shorter than three hundred characters is not walked, as it may be called all over; therefore this comment
  # goes on for so long, which says nothing that anybody has to know, and nevertheless is read by everybody who looks at
  # it: such is life.  Now there are enough.
  sum = x: c + v + x;
  all = builtins.map (x: [ x c formals ]) [ 1 2 ];
  given = builtins.length (builtins.attrNames ellipsis);
}
