# Nine queens: all ways to place them, by lists, recursion and comparisons.
let
  inherit (builtins) all concatMap elemAt genList length;
  size = 9;
  columns = genList (i: i) size;
  abs = n: if n < 0 then 0 - n else n;
  safe = queens: column:
    let
      row = length queens;
      clash = r:
        let other = elemAt queens r; in other == column || abs (other - column) == row - r;
    in
    all (r: !(clash r)) (genList (r: r) row);
  place = queens: if length queens == size then [ queens ] else
    concatMap (column: if safe queens column then place (queens ++ [ column ]) else [ ]) columns;
  solutions = place [ ];
in
{ count = length solutions; first = builtins.head solutions; }
