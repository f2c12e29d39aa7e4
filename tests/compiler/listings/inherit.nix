s: { inherit (s) a b; inherit s; }
