# blame: 3:14
{
  platform = throw "this platform is not supported";
}
