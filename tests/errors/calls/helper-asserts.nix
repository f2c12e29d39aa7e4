# blame: 8:21
let
  checkPort = port: assert port < 65536; port;
  listen = host: port: "${host}:${toString (checkPort port)}";
in
{
  web = listen "a" 80;
  mail = listen "b" 70000;
}
