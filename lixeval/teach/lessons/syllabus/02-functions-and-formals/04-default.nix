# title: What is not given has a default
# kind: predict
# read: In { a, b ? a }: … the default of b is used where the caller gives none. It may speak of the other arguments.
# ask: What is the value?
# answer: [ "web web" "web Web" ]
# hint: In the first call label is not given: its default is name.
# after: explain
let
  show = { name, label ? name }: "${name} ${label}";
in
[ (show { name = "web"; }) (show { name = "web"; label = "Web"; }) ]
