(builtins.tryEval <nowhere>).success
