# blame: 5:19
let
  pkgs = { hello = "hello"; };
in
[ "x" ] ++ [ pkgs.helo ]
