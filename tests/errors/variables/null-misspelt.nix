# blame: 3:13
{
  license = None;
}
