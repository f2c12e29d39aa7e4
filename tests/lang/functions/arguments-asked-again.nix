# what a function takes, asked for again: sets that are alike, not one
let
  inherit (builtins) functionArgs map;
  f = { a, b ? 1 }: a;
  made = map (x: { c ? x, d }: c) [ 1 2 ];
in
[ (functionArgs f) (functionArgs f) (functionArgs (x: x)) (functionArgs ({ }: 1)) (map functionArgs made) ]
