# blame: 5:3
{
  name = "a";
  version = "1";
  name = "b";
}
