let x = [ 1 x ]; in builtins.head (builtins.elemAt x 1)
