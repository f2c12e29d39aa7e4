({ a ? whole.b, ... }@whole: a) { b = 4; }
