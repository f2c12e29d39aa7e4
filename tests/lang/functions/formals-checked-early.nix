builtins.tryEval (builtins.seq (({ a }: b: a) { }) 1)
