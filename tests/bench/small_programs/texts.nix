# values as texts of other languages, and back
{ n, lib }:
let
  inherit (builtins) attrNames concatStringsSep foldl' fromJSON fromTOML genList length map stringLength toJSON toXML;
  mod = a: b: a - b * (a / b);
  numbers = genList (i: i) n;
  items = map (i: { name = "item-${toString i}"; tags = [ "a" "b" ]; nested = { value = i; flag = mod i 2 == 0; empty = null; ratio = i * 0.5; }; }) numbers;
  services = lib.listToAttrs (map (i: lib.nameValuePair "service-${toString i}" { enable = true; port = 1000 + i; args = [ "--x" "y z" ]; }) numbers);
  toml = concatStringsSep "\n" (map (i: "[[package]]\nname = \"p${toString i}\"\nversion = \"1.${toString i}\"\ndependencies = [ \"a\", \"b ${toString i}\" ]\nsize = ${toString i}\n") numbers);
in
{
  to-json = stringLength (toJSON items);
  from-json = foldl' (sum: item: sum + item.nested.value) 0 (fromJSON (toJSON items));
  round-trip = fromJSON (toJSON services) == services;
  many-json = foldl' (sum: i: sum + (fromJSON "{\"a\": ${toString i}, \"b\": [1, 2, \"x\"]}").a + stringLength (toJSON { a = i; b = "x"; })) 0 numbers;
  from-toml = foldl' (sum: p: sum + p.size) 0 (fromTOML toml).package;
  to-xml = stringLength (toXML items);
  ini = stringLength (lib.generators.toINI { } (lib.mapAttrs (name: s: { inherit (s) port enable; args = toString s.args; }) services));
  key-value = stringLength (lib.generators.toKeyValue { } (lib.mapAttrs (name: s: s.port) services));
  pretty = stringLength (lib.generators.toPretty { } services);
  lua = stringLength (lib.generators.toLua { } services);
  yaml = stringLength (lib.generators.toYAML { } services);
  git-ini = stringLength (lib.generators.toGitINI (lib.mapAttrs (name: s: { inherit (s) port enable; }) services));
  plist = stringLength (lib.generators.toPlist { escape = true; } services);
  dhall = stringLength (lib.generators.toDhall { } services);
  cli = stringLength (concatStringsSep " " (map (s: lib.cli.toGNUCommandLineShell { } { inherit (s) port; verbose = s.enable; arg = s.args; }) (lib.attrValues services)));
  gvariant = stringLength (concatStringsSep " " (map (i: toString (lib.gvariant.mkValue [ "a${toString i}" (toString i) ])) numbers));
  as-is = fromJSON (toJSON items);
}
