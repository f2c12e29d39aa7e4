let x = if (builtins.tryEval y).success then 1 else 2; y = throw "y"; in [ x (builtins.tryEval y).success ]
