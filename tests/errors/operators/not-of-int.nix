# blame: 5:5
let
  enabled = 1;
in
if !enabled then "off" else "on"
