{ ${builtins.toFile "x" ""}.a = 1; }
