# blame: 3:13
{
  name = "a-${version";
}
