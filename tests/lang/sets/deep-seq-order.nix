builtins.deepSeq { zz = throw "first"; aa = throw "second"; } 1
