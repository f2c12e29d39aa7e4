# blame: 6:8
let
  expected = { name = "a"; size = 1; };
  actual = { name = "a"; size = 2; };
in
assert expected == actual;
true
