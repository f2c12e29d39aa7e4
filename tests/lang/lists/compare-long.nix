(builtins.genList (x: x) 2000) == (builtins.genList (x: x) 2000)
