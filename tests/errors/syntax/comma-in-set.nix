# blame: 3:8
{
  a = 1,
  b = 2
}
