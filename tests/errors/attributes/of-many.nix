# blame: 5:9
let
  letters = builtins.listToAttrs (map (name: { inherit name; value = 1; }) [ "alpha" "beta" "gamma" "delta" "epsilon" "zeta" "eta" "theta" ]);
in
letters.omega
