# title: A plain string has no context
# kind: predict
# read: A string remembers which store paths it was made with: its context. That is how a derivation knows what it needs.
# ask: What is the value?
# answer: [ false true ]
# hint: Only one of the strings was made with a derivation.
# after: explain
let
  tool = derivation { name = "tool"; system = "x86_64-linux"; builder = "/bin/sh"; };
in
[ (builtins.hasContext "/bin/tool") (builtins.hasContext "${tool}/bin/tool") ]
