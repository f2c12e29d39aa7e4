import ./data/taken.nix [ ]
