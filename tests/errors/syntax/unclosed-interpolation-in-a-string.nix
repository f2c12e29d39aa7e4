# blame: 4:9
{
  a = 1;
  b = "x${toString 1";
  c = 2;
}
