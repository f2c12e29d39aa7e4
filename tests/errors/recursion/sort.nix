# blame: 3:3 or 3:48
let
  order = builtins.sort (a: b: builtins.elemAt order 0 < b) [ 3 1 2 ];
in
order
