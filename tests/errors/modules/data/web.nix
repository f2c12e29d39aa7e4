{ lib, ... }:
{
  services.nginx = {
    enable = true;
    user = [ "www" ];
  };
}
