# blame: 5:16
{
  services.web.port = 80;
  services.web.enable = true;
  services.web.port = 8080;
}
