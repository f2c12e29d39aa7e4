# blame: 3:26
{
  older = { major = 1; } < { major = 2; };
}
