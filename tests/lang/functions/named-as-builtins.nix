# functions that are builtins as their names say, and others of such names
let
  own = rec {
    length = x: "length ${toString (builtins.length x)}";
    any = p: l: { inherit l; };
    isAttrs = x: 5;
    mapAttrs = f: s: f "all" s;
    head = { list, ... }: builtins.head list;
    isString = { __functor = self: x: builtins.typeOf x; };
    seq = a: b: [ b a ];
  };
  use = lib: s: let inherit (lib) length any isAttrs mapAttrs head isString seq; in {
    length = length s.l;
    again = length s.l == lib.length s.l;
    any = any (x: x == s.n) s.l;
    isAttrs = [ (isAttrs s.s) (isAttrs s.n) ];
    mapAttrs = mapAttrs (n: v: "${n} ${builtins.typeOf v}") s.s;
    isString = with lib; [ (isString s.n) (isString "${s.n}") ];
    seq = seq s.n s.l;
    head = head s.h;
  };
  s = { l = [ "a" "b" ]; n = "b"; s = { x = 1; y = { }; }; };
in
[
  (use builtins (s // { h = [ 7 8 ]; }))
  (use own (s // { h = { list = [ 9 ]; }; }))
  (use (builtins // { any = builtins.all; length = builtins.isList; }) (s // { h = [ 1 ]; }))
]
