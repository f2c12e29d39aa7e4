# blame: 5:1
let
  makeServer = port: { inherit port; };
in
makeServer.port
