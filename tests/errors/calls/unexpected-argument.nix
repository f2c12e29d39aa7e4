# blame: 7:3
let
  server = { host, port ? 80 }: "${host}:${toString port}";
in
server {
  host = "localhost";
  user = "root";
}
