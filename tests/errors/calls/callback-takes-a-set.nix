# blame: 3:31 or 3:33 or 5:6
let
  users = [ { name = "eve"; } { user = "bob"; } ];
in
map ({ name }: name) users
