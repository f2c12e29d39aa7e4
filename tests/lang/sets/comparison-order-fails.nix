{ yy = throw "first"; xx = throw "second"; } == { xx = 1; yy = 1; }
