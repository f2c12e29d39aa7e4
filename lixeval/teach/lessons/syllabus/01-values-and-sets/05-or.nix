# title: An attribute that may be missing
# kind: complete
# read: set.name or e is the value of the attribute, or of e if there is no such attribute.
# ask: Take the user's editor, or else "nano".
# answer: [ "vim" "nano" ]
# solution: user.editor or "nano"
# hint: The word between what you want and what you take instead is: or
# after: explain
let
  editorOf = user: ???;
in
[ (editorOf { editor = "vim"; }) (editorOf { }) ]
