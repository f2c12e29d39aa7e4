# title: A text in the store
# kind: complete
# read: builtins.toFile name text puts a text into the store. The path begins with the hash of what it holds.
# ask: What is the path called behind its hash?
# answer: true
# solution: "motd"
# hint: The first argument is the name.
# hint: 32 signs of hash and a dash are in front.
let
  path = builtins.toFile "motd" "Welcome";
  base = baseNameOf path;
in
builtins.substring 33 (-1) base == ???
