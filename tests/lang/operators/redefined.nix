let
  show = name: a: b: [ name a b ];
in
[
  (let __sub = show "sub"; in [ (1 - 2) (- 3) (1 - -2) ])
  (let __mul = show "mul"; in 2 * 3)
  (let __div = show "div"; in 4 / 2)
  (let __lessThan = show "less"; in [ (1 < 2) (1 > 2) ])
  (let __lessThan = a: b: true; in [ (1 < 2) (1 > 2) (1 <= 2) (1 >= 2) ])
  (with { __sub = show "not meant"; }; 5 - 3)
  (({ __sub ? show "sub" }: { x ? 1 - 2, ... }: { ${"a"} = "${toString (1 - 2)}"; inherit x; }) { } { })
  (rec { __sub = a: b: "mine"; c = 1 - 2; }).c
  (scopedImport { __mul = show "scoped"; } ./data/product.nix)
]
