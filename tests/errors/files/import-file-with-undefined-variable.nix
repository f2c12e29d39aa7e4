# blame: data/undefined.nix:3:14
import ./data/undefined.nix { }
