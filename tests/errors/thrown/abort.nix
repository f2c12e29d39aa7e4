# blame: 3:20
{
  x = if true then abort "stop here" else 1;
}
