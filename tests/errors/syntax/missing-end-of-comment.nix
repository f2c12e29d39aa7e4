# blame: 2:1
/* a comment
{
  a = 1;
}
