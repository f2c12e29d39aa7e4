{ }.${builtins.toFile "x" ""} or 1
