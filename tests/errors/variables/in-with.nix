# blame: 6:9
let
  pkgs = { hello = 1; cowsay = 2; };
in
with pkgs;
[ hello cowsya ]
