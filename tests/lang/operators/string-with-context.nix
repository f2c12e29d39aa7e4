1 + "${derivation { name = "n"; builder = "b"; system = "s"; }}"
