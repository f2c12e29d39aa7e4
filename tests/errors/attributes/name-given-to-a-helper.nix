# blame: 5:5
let
  get = name: set: set.${name};
in
get "prot" { port = 80; }
