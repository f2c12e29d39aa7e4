# blame: 5:7
let
  hosts = { "web.example.org" = 1; };
in
hosts.web.example.org
