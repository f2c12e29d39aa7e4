# title: One line of /etc/passwd
# kind: complete
# read: name:x:uid:gid:description:home:shell. Formals with defaults fill in what an account does not say.
# ask: Give the home directory its default, /var/empty.
# answer: "nobody:x:65534:65534::/var/empty:/bin/false"
# solution: ? "/var/empty"
# hint: A question mark and the value.
let
  line =
    account:
    { uid, gid ? 65534, home ???, description ? "", shell ? "/bin/false", ... }:
    "${account}:x:${toString uid}:${toString gid}:${description}:${home}:${shell}";
in
line "nobody" { uid = 65534; }
