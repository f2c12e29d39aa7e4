builtins.tryEval (throw "no")
