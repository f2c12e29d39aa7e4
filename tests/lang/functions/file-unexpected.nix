import ./data/around.nix { a = 1; y = 2; q = 3; }
