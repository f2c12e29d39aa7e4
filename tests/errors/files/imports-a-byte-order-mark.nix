# blame: data/byte-order-mark.nix:1:1
{
  web = import ./data/byte-order-mark.nix;
}
