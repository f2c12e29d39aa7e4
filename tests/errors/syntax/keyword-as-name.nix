# blame: 3:3
{
  with = 1;
}
