# blame: 3:56
n: {
  word = if n == 1 then "one" else if n == 2 then "two";
}
