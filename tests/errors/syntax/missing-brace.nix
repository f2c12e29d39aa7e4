# blame: 3:7
{
  a = {
    b = 1;

  c = 2;
}
