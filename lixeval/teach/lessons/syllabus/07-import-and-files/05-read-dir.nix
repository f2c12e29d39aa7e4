# title: What is in a folder
# kind: complete
# read: builtins.readDir gives a set: the names in a folder, and what each is.
# ask: Say which of them are Nix files.
# answer: [ "greeting.nix" "loud.nix" "versions.nix" ]
# solution: builtins.match ".*\\.nix" name != null
# hint: builtins.match gives null where the pattern does not fit.
# hint: The pattern is ".*\\.nix".
builtins.filter (name: ???) (builtins.attrNames (builtins.readDir ./data))
