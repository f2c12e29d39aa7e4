map (text: (builtins.tryEval (builtins.fromTOML text)).success) [ "a = 1" "a = 1979-05-27" ]
