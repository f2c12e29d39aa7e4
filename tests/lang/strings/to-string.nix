map toString [ 1 1.5 true false null "s" /a [ 1 [ 2 "3" ] [ ] 4 ] { outPath = "o"; } ]
