# blame: 6:18
let
  math = import ./data/math.nix;
in
{
  sum = math.sum 3;
}
