({ a, b ? a + 1, ... }@all: [ a b all.c ]) { a = 1; c = 3; }
