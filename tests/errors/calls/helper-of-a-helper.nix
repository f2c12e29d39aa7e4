# blame: 8:13
let
  inner = x: x + 1;
  outer = x: inner x;
in
{
  a = outer 1;
  b = outer "2";
}
