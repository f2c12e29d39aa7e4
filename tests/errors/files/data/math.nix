let
  sum = numbers: builtins.foldl' (total: number: total + number) 0 numbers;
in
{
  inherit sum;
  area = { width, height }: width * height;
  mean = numbers: sum numbers / builtins.length numbers;
}
