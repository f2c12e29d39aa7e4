{ imports = [ ./third.nix ]; }
