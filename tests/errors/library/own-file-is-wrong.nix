# blame: data/broken.nix:3:20
import ./data/broken.nix { first = 1; }
