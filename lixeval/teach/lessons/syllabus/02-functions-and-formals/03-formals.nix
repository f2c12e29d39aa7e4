# title: A function that takes a set apart
# kind: complete
# read: { host, port }: e takes a set with exactly these attributes.
# ask: Call it so that the value is "a:80".
# answer: "a:80"
# solution: { host = "a"; port = 80; }
# hint: The argument is one set.
# hint: It needs host and port.
let
  address = { host, port }: "${host}:${toString port}";
in
address ???
