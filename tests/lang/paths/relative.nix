[ (toString ./a == toString ./. + "/a") (baseNameOf ./a/b) (builtins.typeOf ./a) ]
