# blame: 7:16
let
  items = [ ];
  sum = 0;
in
{
  mean = sum / (builtins.length items);
}
