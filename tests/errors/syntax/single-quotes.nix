# blame: 3:7
{
  a = 'hello';
}
