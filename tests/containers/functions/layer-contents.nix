# Two paths, one of which refers to the other.
rec {
  base = builtins.toFile "base" "what others need\n";
  top = builtins.toFile "top" "needs ${base}\n";
}
