# blame: 3:7
{
  a = "x ${toString 1} y;
  b = "z";
}
