# blame: 3:10
{
  text = "first line
    second line;
  other = 1;
}
