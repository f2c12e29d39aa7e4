# A function in a function looks at what one around it has looked at: each has a name of its own for what it saw.
let
  inherit (builtins) stringLength substring length;
  add = x: y: x + y;
  apply = if length [ ] < 1 then add else substring;
  split = text: separator:
    let
      all = stringLength text;
      long = stringLength separator;
      last = all - long;
      walk = index: start:
        if index < last then
          if substring index long text == separator then
            let next = index + long; in [ (substring start (index - start) text) ] ++ walk next next
          else walk (index + 1) start
        else [ (substring start (all - start) text) ];
    in walk 0 0;
  three = text:
    let
      n = stringLength text;
      one = x: apply (n - x) ((y: apply (n - y) ((z: apply (n * z) (x - y)) (n + y))) (n + x));
    in apply (n + 1) (apply (one 1) (one n));
  branches = text: wide:
    let
      n = stringLength text;
      f = x: if x > n then apply (n - x) 1 else (y: if y > n then apply (n + y) x else apply (n - y) (n - x)) (x + 1);
    in map f [ 0 2 5 9 (apply (n + wide) 1) ];
in
[ (split "a, b, cd" ", ") (split "" ",") (three "hello") (branches "hello" 3) (branches "" 0) ]
