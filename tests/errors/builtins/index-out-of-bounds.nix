# blame: 5:20
let
  xs = [ "a" "b" "c" ];
in
builtins.elemAt xs 3
