''${toString /a}/b''
