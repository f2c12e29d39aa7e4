# blame: 2:1
import ./file-imports-itself.nix
