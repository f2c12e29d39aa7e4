# blame: 6:9
let
  server = { host, port }: "${host}:${toString port}";
in
{
  url = server { host = "localhost"; };
}
