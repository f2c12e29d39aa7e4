# blame: 3:28
{
  text = builtins.readFile ./README.missing;
}
