# blame: 3:7
{
  a = "hello;
  b = 1;
}
