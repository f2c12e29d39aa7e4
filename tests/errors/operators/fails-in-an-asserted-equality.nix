# blame: 3:10
let
  port = throw "no port is known";
in
with { usual = 80; };
assert [ port 1 ] == [ usual 1 ];
"served"
