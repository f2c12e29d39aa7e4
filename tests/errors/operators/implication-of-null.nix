# blame: 3:16
{
  ok = true -> null;
}
