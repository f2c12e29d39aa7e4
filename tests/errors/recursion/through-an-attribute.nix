# blame: 6:5 or 6:45 or 7:5 or 7:51
let
  config = {
    host = "web";
    port = 80;
    url = "${config.host}:${toString config.address.port}";
    address = { host = config.host; port = config.url; };
  };
in
config.url
