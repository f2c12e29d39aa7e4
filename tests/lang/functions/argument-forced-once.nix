(x: x + x) (builtins.trace "t" 2)
