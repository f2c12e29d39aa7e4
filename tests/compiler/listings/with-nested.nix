s: t: with s; with t; a
