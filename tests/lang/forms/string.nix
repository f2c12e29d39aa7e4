"a\tb\n${builtins.toFile "x" ""}\n"
