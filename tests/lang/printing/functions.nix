[ (x: x) builtins.map (builtins.map 1) ({ a }: a) (builtins.foldl' 1 2) ]
