# blame: 3:12
{
  enable = True;
}
