# blame: 2:28
builtins.appendContext "a" { "/etc/passwd" = { path = true; }; }
