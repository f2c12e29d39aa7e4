x: if x then if x == 1 then "one" else "more" else "none"
