# blame: 5:1
let
  double = 2;
in
double 4
