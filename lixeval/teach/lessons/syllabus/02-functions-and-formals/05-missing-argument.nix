# title: An argument that is missing
# kind: repair
# read: Without a default, every name between the braces must be given.
# ask: The caller is right: port may be left out, and is 80 then. Repair the function.
# answer: "a:80"
# replace: { host, port }
# solution: { host, port ? 80 }
# hint: A question mark gives a default.
let
  server = { host, port }: "${host}:${toString port}";
in
server { host = "a"; }
