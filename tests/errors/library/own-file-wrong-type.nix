# blame: 6:33
let
  math = import ./data/math.nix;
in
{
  area = math.area { width = 2; height = "3"; };
}
