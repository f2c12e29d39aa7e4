builtins.fetchurl { url = "file:///nothing"; nonsense = 1; }
