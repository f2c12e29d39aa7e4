# blame: 3:10
{
  list = [
    1
    2
  ;
  other = 3;
}
