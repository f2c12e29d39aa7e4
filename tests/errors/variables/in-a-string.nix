# blame: 5:26
let
  user = "eve";
in
"Hello, ${user}! It is ${time}."
