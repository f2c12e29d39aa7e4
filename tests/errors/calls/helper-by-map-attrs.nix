# blame: 6:3
let
  double = x: x * 2;
in
builtins.mapAttrs (name: double) {
  b = "2";
}
