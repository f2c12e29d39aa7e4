# all elements of a list, picked from it by their places: a list that is alike, not the same one
let
  inherit (builtins) elemAt genList;
  take = n: list: genList (i: elemAt list i) n;
  numbers = [ 1 2 3 4 5 6 7 8 9 10 ];
  set = { a = 1; };
  some = [ set set { } { } 5 6 7 8 9 10 ];
  nothing = [ ];
  others = [ nothing [ ] "a" 1 2 3 4 5 6 7 ];
in
[ numbers (take 10 numbers) (take 10 numbers) some (take 10 some) (take 9 some) others (take 10 others) (take 10 numbers == numbers) ]
