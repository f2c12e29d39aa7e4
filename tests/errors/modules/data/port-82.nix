{ services.nginx.port = 82; }
