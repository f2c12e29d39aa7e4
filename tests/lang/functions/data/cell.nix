# Names that code which is compiled has for its own, and functions in what is walked that capture them.
{ c, v ? c, formals ? v, ... }@ellipsis: {
  sum = x: c + v + x;
  all = builtins.map (x: [ x c formals ]) [ 1 2 ];
  given = builtins.length (builtins.attrNames ellipsis);
}
