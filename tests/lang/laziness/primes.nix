let sieve = l: if l == [ ] then [ ] else let p = builtins.head l; in [ p ] ++ sieve (builtins.filter (x: x - (x / p) * p != 0) (builtins.tail l)); in sieve (builtins.genList (x: x + 2) 40)
