# blame: 5:8
let
  server = { host, ... }: host;
in
server "localhost"
