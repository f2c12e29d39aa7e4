# blame: 3:14
{
  area = 2 * [ 3 4 ];
}
