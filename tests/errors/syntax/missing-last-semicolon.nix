# blame: 4:18
{
  name = "hello";
  version = "1.0"
}
