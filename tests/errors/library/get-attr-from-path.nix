# blame: 6:32
let
  lib = import <nixpkgs/lib>;
  settings = { server.host = "a"; };
in
lib.getAttrFromPath [ "server" "prot" ] settings
