let x = throw "never"; y = abort "never"; in 1
