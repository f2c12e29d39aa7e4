# calls of a known function, arithmetic on small ints
let
  fibonacci = n: if n < 2 then n else fibonacci (n - 1) + fibonacci (n - 2);
in
fibonacci 27
