let f = x: if x == 0 then "zero" else if x == 1 then "one" else if x < 0 then "negative" else "many"; in map f [ 0 1 (-1) 5 ]
