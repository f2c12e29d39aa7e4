# One operand of a delayed sum is evaluated between the making of what delays it and the asking for that, the other not.
let
  inherit (builtins) stringLength substring length;
  add = x: y: x + y;
  both = x: y: [ x y ];
  apply = if length [ ] < 1 then add else both;
  cut = a: b:
    let
      long = stringLength a;
      short = stringLength b;
      ends = stringLength "x";
      begin = substring 0 (long - ends) a;
      rest = substring 0 (short - ends) b;
    in
    if long < short then cut b a else rest + begin;
  numbers = a: b:
    let
      p = stringLength a;
      q = stringLength b;
      e = stringLength "x";
      set = { a = apply (q - e) (e * q); inherit e; };
      list = [ (apply (q - e) p) (both (e - q) (q - p)) ];
      function = z: apply (q - e + z) (q - p);
      chosen = if q > 2 then apply (q - e) (e - q) else 0;
      inner = let s = apply (q + e) q; in apply (s - e) (q * e);
      two-deep = apply (apply (q - e) (e - q)) (apply (q * e) 1);
      joined = "${toString (apply (q - e) 1)}-${toString e}";
    in
    if p < q then { inherit set list chosen inner two-deep joined; called = function 3; } else set // { inherit q; };
  of = what: a: b:
    let
      p = stringLength a;
      q = stringLength b;
      e = stringLength "x";
      set = { a = apply (q - e) (e * q); b = apply e (q - p); };
      list = [ (apply (q - e) p) ];
      function = z: apply (q - e + z) (q - p);
      chosen = if q > 2 then apply (q - e) (e - q) else 0;
      inner = let s = apply (q + e) q; in apply (s - e) (q * e);
    in
    if p < q then
      if what == 0 then set.a
      else if what == 1 then builtins.head list
      else if what == 2 then function 3
      else if what == 3 then chosen
      else inner
    else
      e;
in
[ (cut "hello" "holla!") (cut "holla!" "hello") (numbers "hello" "you are") (numbers "you" "") ]
++ builtins.genList (what: of what "you" "hello") 5
