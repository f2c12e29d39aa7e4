# what a library's function is given is evaluated at once where it is a builtin, and no sooner
let
  f = lib: s: lib.any (x: throw "called with ${x}") s.l;
in
[ (f { any = p: l: true; } { l = throw "evaluated"; }) (f builtins { l = [ "one" ]; }) ]
