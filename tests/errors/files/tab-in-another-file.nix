# blame: data/tabs.nix:2:9
{
  web = import ./data/tabs.nix;
}
