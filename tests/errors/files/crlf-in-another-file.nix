# blame: data/windows.nix:3:10
{
  web = import ./data/windows.nix;
}
