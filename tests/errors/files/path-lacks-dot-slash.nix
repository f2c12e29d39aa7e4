# blame: 3:19
{
  config = import config.nix;
}
