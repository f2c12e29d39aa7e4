# blame: 2:28
builtins.appendContext "a" { "/nix/store/00000000000000000000000000000000-a" = 1; }
