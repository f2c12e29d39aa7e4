# blame: 5:1
let
  greet = { name = "greet"; };
in
greet "eve"
