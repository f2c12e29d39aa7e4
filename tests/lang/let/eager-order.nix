let a = abort "b"; in (builtins.tryEval ((throw "a") + a)).success
