{ a = throw "not wanted"; outPath = "/some/path"; }
