# blame: 4:13
{
  modules = [
    (import ./missing.nix)
  ];
}
