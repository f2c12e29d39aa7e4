# title: Only some
# kind: complete
# read: builtins.filter keep list has the elements for which keep is true.
# ask: Keep the users with a uid of 1000 or more.
# answer: [ "eve" "bob" ]
# solution: user.uid >= 1000
# hint: The condition speaks of user.uid.
let
  users = [ { name = "root"; uid = 0; } { name = "eve"; uid = 1000; } { name = "bob"; uid = 1001; } ];
in
map (user: user.name) (builtins.filter (user: ???) users)
