# title: What stands behind or waits
# kind: complete
# read: set.name or e asks for e only if there is no such attribute.
# ask: Give the user's port, and the usual one only to who has none: nobody shall ask for it here.
# answer: 8080
# forced: user
# solution: user.port or usual
# hint: An if that compares with usual would ask for it.
# hint: The word from the first chapter: or
# after: explain
let
  user = { port = 8080; };
  usual = builtins.trace "the usual port was read" 80;
in
???
