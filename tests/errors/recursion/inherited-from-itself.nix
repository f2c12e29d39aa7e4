# blame: 4:20
let
  pkgs = {
    inherit (pkgs) hello;
  };
in
pkgs.hello
