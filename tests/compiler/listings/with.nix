s: with s; a + b
