# blame: 7:8
let
  config = {
    services.nginx.enable = true;
  };
in
config.servces.nginx.enable
