# Ints are divided towards zero, whatever their signs; a float on either side makes a float.
let
  by = a: b: a / b;
  most = 9223372036854775807;
in
{
  signs = [ (by 7 2) (by (-7) 2) (by 7 (-2)) (by (-7) (-2)) ((by 9 3) / 2) ((by 9 3) / (-2)) (100 / by 6 2) ((-5) / by 4 2) ];
  zero = [ (by 0 5) (by 0 (-5)) (by (-0.0) 5) ];
  large = [ (by most 1) (by most 2) (by (-most) 2) (by (-most - 1) 2) (by (-most - 1) (-most - 1)) ];
  floats = [ (by 7.0 2) (by 7 2.0) (1.5 / by 2 1) (by 1 2 / 2.0) ];
}
