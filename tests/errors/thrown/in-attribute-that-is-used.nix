# blame: 5:5 or 8:23
let
  pkgs = {
    hello = "hello";
    old = throw "old has been removed, use hello";
  };
in
"${pkgs.hello} ${pkgs.old}"
