# title: A value that needs itself
# kind: repair
# read: A definition that asks for its own value while it is computed can never be answered: infinite recursion.
# ask: path shall be the old path with /bin in front. Repair it.
# answer: "/bin:/usr/bin"
# replace: "/bin:${path}"
# solution: "/bin:${old}"
# hint: Whose value does the definition of path ask for?
let
  old = "/usr/bin";
  path = "/bin:${path}";
in
path
