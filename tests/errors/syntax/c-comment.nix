# blame: 3:10
{
  a = 1; // the first
  b = 2;
}
