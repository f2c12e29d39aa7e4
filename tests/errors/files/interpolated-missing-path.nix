# blame: 3:15
{
  source = "${./missing}";
}
