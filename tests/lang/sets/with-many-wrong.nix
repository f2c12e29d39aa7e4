# The inner set, which is none, is asked before the outer one, which has the name.
with { a = 1; };
with [ ];
let f = x: a + x; in map f [ 1 ]
