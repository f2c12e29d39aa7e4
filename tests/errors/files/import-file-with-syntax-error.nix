# blame: data/unclosed.nix:3:10
import ./data/unclosed.nix
