# blame: 3:39 or 7:26
let
  label = user: "${user.name} <${user.email}>";
in
[
  (label { name = "eve"; email = "eve@example.org"; })
  (label { name = "bob"; mail = "bob@example.org"; })
]
