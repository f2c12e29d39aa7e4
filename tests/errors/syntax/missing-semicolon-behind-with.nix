# blame: 3:9
{ lib }:
with lib
{
  x = 1;
}
