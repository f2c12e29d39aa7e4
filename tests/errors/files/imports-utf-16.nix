# blame: data/utf-16.nix:1:1 or 3:16
{
  web = import ./data/utf-16.nix;
}
