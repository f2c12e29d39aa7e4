# No `with` gives the function anything.
let o = [ 1 ]; in with { q = 1; }; { a, b ? o }: with { z = 2; }; [ a b ]
