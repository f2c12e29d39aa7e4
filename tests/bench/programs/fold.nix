# a million elements, made by genList and folded strictly
builtins.foldl' (sum: element: sum + element) 0 (builtins.genList (index: index) 1000000)
