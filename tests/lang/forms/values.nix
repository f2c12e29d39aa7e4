rec {
  a = b;
  b = { c = 1; };
  d = [ b b.c (1 + 1) "x" 1.5 null true ];
  "quoted name" = "line\nbreak \"quotes\" <&> é";
  nested.deeper.still = 1.0e10;
  path = toString ./values.nix;
  inherit (builtins) langVersion;
  ${"dyn" + "amic"} = -5;
  empty = { };
  nothing = [ ];
  ints = [ 9223372036854775807 (-9223372036854775807 - 1) ];
  floats = [ 0.1 100000.0 1000000.0 1.0e-7 (-0.5) ];
}
