# blame: 5:15
x:
{
  inherit (x) a b;
  inherit (x) a;
}
