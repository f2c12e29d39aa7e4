# blame: 7:21
let
  positive = n: assert n > 0; n;
in
{
  width = positive 3;
  height = positive (-3);
}
