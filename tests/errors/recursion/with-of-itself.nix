# blame: 3:3 or 3:16
let
  scope = with scope; settings;
in
scope
