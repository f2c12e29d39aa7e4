# blame: 7:3
let
  server = { host, portNumber ? 80 }: "${host}:${toString portNumber}";
in
server {
  host = "localhost";
  portNubmer = 8080;
}
