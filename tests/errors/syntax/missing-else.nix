# blame: 4:29
x:
{
  size = if x > 1 then "big";
}
