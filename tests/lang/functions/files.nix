# Functions that are files, which are walked: with formals of each kind, in surroundings, given several times.
let
  taken = import ./data/taken.nix;
  around = import ./data/around.nix;
  long = import ./data/long.nix;
  curried = import ./data/then-curried.nix;
in
{
  taken = taken { a = 5; unknown = 1; };
  again = taken { a = 6; b = 0; h = 1; i = 2; d = 4; k = 5; f = x: [ x ]; };
  lazily = (taken { a = throw "not asked"; }).d;
  around = around { };
  within = around { a = 4; y = 3; };
  long = [ (long 1) (long 2) ];
  curried = curried { a = 1; } 3 { };
  args = map builtins.functionArgs [ taken around long curried (curried { a = 1; } 3) ];
  places = map (each: (builtins.unsafeGetAttrPos "a" (builtins.functionArgs each)).column) [ taken around curried ];
  same = [ (taken == taken) (import ./data/taken.nix == taken) ([ taken ] == [ taken ]) ];
  mapped = map (curried { a = 1; b = 3; }) [ 1 2 ];
  functions = [ taken long (curried { a = 1; }) ];
}
