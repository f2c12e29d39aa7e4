# blame: 5:4
let
  settings = { proxy = null; };
in
"${settings.proxy.host}"
