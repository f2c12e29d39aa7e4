# blame: 5:8
let
  config = { hostname = "web"; port = 80; };
in
config.hostnmae
