# blame: 8:23
let
  config = {
    services.nginx.enable = true;
    services.sshd.enable = false;
  };
in
config.services.nginx.port
