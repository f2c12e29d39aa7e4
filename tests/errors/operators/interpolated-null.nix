# blame: 3:23
{
  greeting = "hello ${null}";
}
