# blame: 3:16 or data/settings.yaml:1:5
{
  web = import ./data/settings.yaml;
}
