{ a, b ? a, ... }@all: [ a b all ]
