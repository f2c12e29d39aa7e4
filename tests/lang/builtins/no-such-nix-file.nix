import <nix/nothing.nix>
