# blame: 3:12
{
  script = ''
    echo hello
  ";
  other = 1;
}
