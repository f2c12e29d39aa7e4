f: map f (builtins.attrNames { a = 1; })
