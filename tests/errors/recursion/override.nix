# blame: 4:26 or 4:36 or 6:29 or 6:39
let
  extend = base: overlay: let final = base final // overlay final (base final); in final;
  base = final: { a = 1; b = final.a; };
in
extend base (final: prev: { a = final.b + 1; })
