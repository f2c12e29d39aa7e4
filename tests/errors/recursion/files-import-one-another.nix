# blame: 2:1 or data/import-back.nix:1:1
import ./data/import-back.nix
