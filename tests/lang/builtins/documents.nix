{
  json = builtins.fromJSON (builtins.readFile ./data/x.json);
  toml = builtins.fromTOML (builtins.readFile ./data/x.toml);
  toJSON = builtins.toJSON { a = [ 1 1.0 1.0e10 0.1 true null "é\n\t\"\\" ]; b = { __toString = self: "text"; }; c.outPath = "/out"; "\${x}" = -5; };
  toXML = builtins.toXML { a = [ 1 1.5 "<&>\"" null true ./data ]; f = { x, y ? 1, ... }@z: x; g = a: a; h = map; };
}
