# blame: 4:19
{
  version = "1.0";
  name = "hello-${version}";
}
