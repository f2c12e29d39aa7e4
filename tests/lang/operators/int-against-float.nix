let
  big = 9007199254740993;
  float = 9007199254740992.0;
  top = 9223372036854775807;
  infinite = 1.0e200 * 1.0e200;
  none = infinite - infinite;
  count = keys: builtins.length (builtins.genericClosure {
    startSet = map (key: { inherit key; }) keys;
    operator = item: [ ];
  });
in
{
  equal = [ (big == float) (float == big) (top == 9223372036854775808.0) (big != float) ({ a = big; } == { a = float; }) ];
  less = [ (float < big) (big > float) (big <= float) (top < 9223372036854775808.0) ([ float ] < [ big ]) ];
  lists = [ ([ big ] == [ float ]) (builtins.elem big [ float ]) (builtins.elem float [ big ]) ];
  sorted = [
    (builtins.sort builtins.lessThan [ big float 9007199254740992 ])
    (builtins.sort (a: b: a < b) [ 9007199254740992.0 9007199254740993 9007199254740991 ])
  ];
  keys = [ (count [ big float ]) (count [ float big 1 ]) (count [ top 9223372036854775808.0 ]) ];
  texts = map toString [ infinite (-infinite) none (0 - none) 1.5 ] ++ [ (toString [ none 1 ]) ];
  inherit none infinite;
  minus = -none;
}
