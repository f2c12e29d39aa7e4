# blame: 4:3
{
  services = 1;
  services.web = 2;
}
