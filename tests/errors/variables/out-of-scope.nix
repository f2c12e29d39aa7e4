# blame: 5:9
let
  outer = let inner = 1; in inner + 1;
in
outer + inner
