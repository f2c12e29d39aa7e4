# blame: 6:13
let
  a = 1;
in
{
  inherit a b;
}
