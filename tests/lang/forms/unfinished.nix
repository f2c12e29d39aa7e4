{ a = 1; b = throw "oh"; c = [ (abort "no") ]; }
