let s = "é"; a = builtins.substring 0 1 s; b = builtins.substring 1 1 s; in a + b == s
