# blame: 2:20
builtins.mapAttrs (name: name + "!") { a = 1; }
