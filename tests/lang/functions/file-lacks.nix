builtins.map (import ./data/then-curried.nix) [ { b = 1; } ]
