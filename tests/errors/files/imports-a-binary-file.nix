# blame: data/binary.nix:1:7
{
  web = import ./data/binary.nix;
}
