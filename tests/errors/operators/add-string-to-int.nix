# blame: 7:17
let
  port = 8080;
in
{
  listen = "localhost";
  next = port + "1";
}
