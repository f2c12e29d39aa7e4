# title: Right, but not by asking for everything
# kind: complete
# read: A set's attributes are put off one by one. Select the one that you need.
# ask: Give the port without forcing the secret.
# answer: 8080
# forced: config port
# solution: config.port
# hint: builtins.deepSeq would ask for both.
# hint: Select port from config.
let
  secret = builtins.trace "the secret was read" (1 + 1);
  port = 8000 + 80;
  config = { inherit secret port; };
in
???
