[ (builtins.tryEval (assert 1 == 2; 1)) (builtins.tryEval (assert [ 1 ] == [ ]; 1)) ]
