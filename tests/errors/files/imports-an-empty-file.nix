# blame: data/empty.nix:1:1 or 3:16
{
  web = import ./data/empty.nix;
}
