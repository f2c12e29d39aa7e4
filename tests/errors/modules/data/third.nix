{ lib, ... }:
{
  services.nginx.enable = "on";
}
