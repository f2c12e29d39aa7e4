# blame: 3:17
{
  name = "hello"
  version = "1.0";
}
