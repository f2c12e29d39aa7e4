# blame: 3:42
{
  names = builtins.concatStringsSep "," (map (x: x.name));
}
