# blame: 6:5
let
  kilo = 1000;
  exa = kilo * kilo * kilo * kilo * kilo * kilo;
in
exa * kilo
