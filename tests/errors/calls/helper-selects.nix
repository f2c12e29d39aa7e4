# blame: 7:3 or 7:17
let
  urlOf = service: "http://${service.host}:${toString service.port}";
in
map urlOf [
  { host = "a"; port = 80; }
  { host = "b"; prot = 81; }
]
