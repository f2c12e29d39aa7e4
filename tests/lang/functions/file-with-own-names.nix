let made = import ./data/cell.nix { c = 1; }; in [ (made.sum 2) made.all made.given (import ./data/in-withs.nix { a = 0; }) ]
