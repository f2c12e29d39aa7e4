{ zz = throw "first"; aa = throw "second"; name = { yy = 1; bb = throw "before the first"; }; }
