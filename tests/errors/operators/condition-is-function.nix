# blame: 5:4
let
  hasPrefix = prefix: text: builtins.substring 0 (builtins.stringLength prefix) text == prefix;
in
if hasPrefix "a" then 1 else 2
