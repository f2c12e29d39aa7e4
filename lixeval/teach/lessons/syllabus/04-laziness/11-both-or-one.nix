# title: The right side of || waits
# kind: complete
# read: a || b asks for b only if a is false. So what is quick to know stands on the left.
# ask: May the user log in? An admin may, and so may who is on the list: look at the list only if that is needed.
# answer: true
# forced: admin
# solution: admin || listed
# hint: Which of the two is known without looking anything up?
# hint: listed || admin has the same value, and asks for more.
# after: explain
let
  admin = true;
  listed = builtins.trace "the list was read" (builtins.elem "eve" [ "bob" "eve" ]);
in
???
