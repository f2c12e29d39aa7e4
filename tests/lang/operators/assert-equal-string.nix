let s = "a" + "b"; in assert s == "ac"; s
