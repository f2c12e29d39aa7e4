# blame: 6:3
let
  users = { eve.shell = "bash"; }; shellOf = name: users.${name}.shell;
in
map shellOf [ "eve"
  "bob"
]
