# blame: 3:14
{
  inherit a b
  c = 1;
}
