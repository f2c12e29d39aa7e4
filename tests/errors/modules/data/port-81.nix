{ services.nginx.port = 81; }
