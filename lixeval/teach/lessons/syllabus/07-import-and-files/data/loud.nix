builtins.trace "loud" 42
