# blame: 5:21
let
  user = { name = "eve"; };
in
"user: " + toString user
