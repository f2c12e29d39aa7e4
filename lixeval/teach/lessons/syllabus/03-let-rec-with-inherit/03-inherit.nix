# title: inherit copies a name
# kind: complete
# read: inherit a b; in a set is short for a = a; b = b; with the names from outside.
# ask: Take host and port into the set, in one line.
# answer: { host = "localhost"; port = 80; }
# solution: inherit host port;
# hint: The word, the names with spaces between, a semicolon.
let
  host = "localhost";
  port = 80;
in
{
  ???
}
