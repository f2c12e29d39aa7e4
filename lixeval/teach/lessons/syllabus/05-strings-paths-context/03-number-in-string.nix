# title: Numbers do not go into strings
# kind: repair
# read: ${e} takes a string, a path or a derivation. A number must be made a string.
# ask: Repair it.
# answer: "port 80"
# replace: ${port}
# solution: ${toString port}
# hint: toString
let
  port = 80;
in
"port ${port}"
