# title: Text is not Nix
# kind: repair
# read: import reads Nix. builtins.readFile reads text, builtins.fromJSON makes a value of text.
# ask: The file is JSON. Repair the way it is read.
# answer: "web"
# replace: import ./data/host.json
# solution: builtins.fromJSON (builtins.readFile ./data/host.json)
# hint: First to text, then to a value.
(import ./data/host.json).name
