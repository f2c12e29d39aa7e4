[
  (builtins.add 1 2) (builtins.sub 1 2) (builtins.mul 3 4) (builtins.div (-7) 2) (builtins.div 7 (-2)) (builtins.div 7.0 2)
  (builtins.add 1 2.5) (builtins.mul 0.1 3) (builtins.sub 1.5 0.5)
  (builtins.bitAnd 12 10) (builtins.bitOr 12 10) (builtins.bitXor 12 10) (builtins.bitAnd (-1) 255) (builtins.bitXor (-1) 0)
  (builtins.ceil 1.2) (builtins.ceil (-1.2)) (builtins.floor 1.8) (builtins.floor (-1.2)) (builtins.ceil 3) (builtins.floor 3)
  (builtins.lessThan 1 2) (builtins.lessThan 2.5 2) (builtins.lessThan "a" "b") (builtins.lessThan [ 1 2 ] [ 1 3 ])
  (__add 1 2) (__sub 1 2) (__mul 2 3) (__div 7 2) (__lessThan 1 1)
]
