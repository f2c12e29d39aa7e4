# title: An attribute that is not there
# kind: repair
# read: The error names the attribute, and the place where it was asked for.
# ask: Run it, read the error, and repair the last line.
# answer: "web"
# replace: config.hostnmae
# solution: config.hostname
# hint: Compare the name in the last line with the names in the set.
let
  config = { hostname = "web"; port = 80; };
in
config.hostnmae
