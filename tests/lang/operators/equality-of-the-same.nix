# A value that is in both places is equal to itself unseen, but it is forced.
let
  infinite = 1.0e308 * 10.0;
  nan = infinite - infinite;
  f = x: x;
  list = [ (throw "seen") ];
  set = { a = throw "seen"; };
  fails = value: !(builtins.tryEval value).success;
in
{
  nan = [
    (nan == nan)
    ([ nan ] == [ nan ])
    ({ a = nan; } == { a = nan; })
    ({ inherit nan; } == { inherit nan; })
    ([ (infinite - infinite) ] == [ (infinite - infinite) ])
    (builtins.elem nan [ nan ])
    ([ nan 1 ] < [ nan 2 ])
  ];
  function = [
    (f == f)
    ([ f ] == [ f ])
    ([ f ] < [ f ])
    ([ f 1 ] < [ f 2 ])
    ({ inherit map; } == { inherit map; })
    ([ map ] == [ map ])
  ];
  forced = [
    (fails (list == list))
    (fails (set == set))
    (fails ([ list ] == [ list ]))
    ([ 1 list ] == [ 2 list ])
  ];
}
