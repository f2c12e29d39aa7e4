# blame: 6:11
let
  flag = "true";
in
{
  value = flag || false;
}
