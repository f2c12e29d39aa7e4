# blame: 7:1
# flags: -I nixpkgs=data/nixpkgs
let
  lib = import <nixpkgs/lib>;
  config = { services.web.port = 80; };
in
lib.getAttrFromPath [ "services" "web" "host" ] config
