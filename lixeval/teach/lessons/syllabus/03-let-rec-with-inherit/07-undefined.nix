# title: A name that nothing binds
# kind: repair
# read: Nix finds names before it evaluates. A name that nothing binds is an error even where nobody asks for it.
# ask: Repair the name.
# answer: [ "web" ]
# replace: map (s: s.name) servers
# solution: map (s: s.name) services
# hint: Which list is there?
let
  services = [ { name = "web"; } ];
in
map (s: s.name) servers
