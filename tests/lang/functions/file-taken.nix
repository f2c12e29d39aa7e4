import ./data/taken.nix { a = 5; f = x: x; }
