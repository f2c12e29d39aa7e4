# blame: 5:21
let
  port = 80;
in
"http://localhost:${port}/"
