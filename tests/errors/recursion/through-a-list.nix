# blame: 3:3 or 3:27 or 3:50
let
  xs = [ (builtins.elemAt xs 1) (builtins.elemAt xs 0) ];
in
xs
