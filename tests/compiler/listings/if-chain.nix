x: if x < 0 then "less" else if x == 0 then "equal" else "more"
