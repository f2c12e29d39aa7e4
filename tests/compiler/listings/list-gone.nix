{
  sum = builtins.foldl' (a: b: a + b) 0 (builtins.genList (i: i * 2) 9);
  list = builtins.genList (i: i * 2) 9;
}
