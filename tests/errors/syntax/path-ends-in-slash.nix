# blame: 3:9
{
  src = ./src/;
}
