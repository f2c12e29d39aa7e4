# blame: 7:3
let
  h = import ./data/helpers.nix;
in
h.join [
  "a"
  2
]
