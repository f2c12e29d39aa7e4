# blame: 7:23
let
  host = "localhost";
  verbose = true;
  server = { host }: host;
in
server { inherit host verbose; }
