# title: What stands where a number is wanted
# kind: repair
# read: Nix does not turn strings into numbers by itself. toString makes a string of a number.
# ask: The port must become part of a string. Repair it.
# answer: "localhost:8080"
# replace: + port
# solution: + toString port
# hint: + joins two strings, or adds two numbers. Here there is one of each.
# hint: toString port
let
  port = 8080;
in
"localhost:" + port
